// A search for a free unit that takes several calls: nobody hears a no on the way.

import FlashSale
import LibpqClient
import Testing

@Suite("A search for a free unit") struct SearchTests {
    @Test("A late purchase and a checkout get the unit that a search of several calls finds")
    func several() async throws {
        try await LedgerFixture.with { fixture in
            let code = try await fixture.hold(1, "ann")
            try await fixture.passTime()
            // Ann's hold ends, and bob gets its unit.
            _ = try await fixture.hold(1, "bob")
            try await fixture.client.execute(
                script: """
                    update sales set stock_per_item = 30000;
                    insert into units
                    select u.sale_id, u.item, n, u.code, u.request, u.held_at, u.expires_at
                    from units u, generate_series(2, 25002) n where u.item = 1 and n <> 25001;
                    update item_stocks set held = held + 25000, first_free = 2 where item = 1;
                    """, deadline: .patient)
            guard case .ordered(let order, _) = try await fixture.order(code) else {
                Issue.record("the late purchase was refused")
                return
            }
            #expect(order.lines.map(\.isSold) == [true])
            guard case .held(_, unit: 25_003, _) = try await fixture.record(1, "cat") else {
                Issue.record("the checkout was refused")
                return
            }
        }
    }
}
