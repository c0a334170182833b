// Rows that a slip of a hand in SQL has left: they stop nobody else.

import FlashSale
import PostgresLedger
import Testing

@Suite("A slip of a hand in SQL") struct SlipTests {
    @Test("A hold of a buyer who was deleted keeps no gate from being loaded, and no other unit from being compared")
    func deletedBuyer() async throws {
        try await LedgerFixture.with { fixture in
            _ = try await fixture.hold(1, "ann")
            _ = try await fixture.hold(2, "bob")
            let bought = try await fixture.hold(3, "ann")
            let outcome = try await fixture.order(bought)
            guard case .ordered = outcome else { throw Refused() }
            try await fixture.client.run("delete from buyers where user_id = 'ann'")
            let snapshot = try await fixture.ledger.snapshot(of: fixture.sale)
            #expect(snapshot.held.values.map(\.buyer.description) == ["bob"])
            let states = try await fixture.ledger.units(Array(0..<fixture.sale.unitCount), of: fixture.sale)
            #expect(states.count == 6)
        }
    }

    @Test("A change with a value that the database cannot take is refused, and not to be tried again")
    func unfit() async throws {
        try await LedgerFixture.with { fixture in
            let change = SaleChange(
                .limit(3), version: nil, actor: "ann", reason: "a test", key: IdempotencyKey("key"))
            guard case .changed = try await fixture.catalog.change(fixture.sale.id, change) else { throw Refused() }
            try await fixture.client.run(#"update sale_events set after = after || '{"taken_max": "many"}'"#)
            #expect(try await fixture.catalog.change(fixture.sale.id, change) == .unfit)
        }
    }

    private struct Refused: Error {}
}
