// A primary with a synchronous standby that hangs: nothing is acknowledged that a promotion then loses.

import DevStack
import FlashSale
import LibpqClient
import PostgresLedger
import Telemetry
import Testing

@Suite struct ReplicationTests {
    @Test("Nothing is acknowledged that only the primary has: no first answer, no repeat, no replay, no read")
    func promotion() async throws {
        try await Self.withPair { primary, standby, url in
            let admin = try PostgresClient.test(url)
            let fixture = try await Self.fixture(over: try PostgresClient.test(url))
            let code = try await fixture.hold(1, "ann")
            try await Self.waitForStandbys(on: admin)
            standby.freeze()

            let bob = fixture.checkout(2, "bob", key: "k")
            await Self.expectNoAnswer("a checkout") { try await fixture.ledger.record(bob, deadline: $0) }
            try await admin.wait(until: "(select count(*) from units) = 2")
            await Self.expectNoAnswer("a checkout's replay") { try await fixture.ledger.record(bob, deadline: $0) }
            let again = fixture.checkout(2, "bob")
            await Self.expectNoAnswer("a second checkout") { try await fixture.ledger.record(again, deadline: $0) }
            await Self.expectNoAnswer("a confirmation") {
                try await fixture.ledger.confirm(fixture.item(2), for: bob.buyer, deadline: $0)
            }

            let purchase = PurchaseRequest(code: code, key: IdempotencyKey("p"))
            await Self.expectNoAnswer("a purchase") { try await fixture.ledger.order(purchase, deadline: $0) }
            try await admin.wait(until: "(select count(*) from orders) = 1")
            await Self.expectNoAnswer("a purchase's replay") { try await fixture.ledger.order(purchase, deadline: $0) }
            let other = PurchaseRequest(code: code, key: nil)
            await Self.expectNoAnswer("a second purchase") { try await fixture.ledger.order(other, deadline: $0) }
            await Self.expectNoAnswer("an order's read") { try await fixture.ledger.find(code, deadline: $0) }
            await Self.expectNoAnswer("a late cancellation") {
                try await fixture.ledger.release(code, item: nil, by: nil, in: nil, deadline: $0)
            }

            primary.crash()
            standby.crash()
            try await standby.restart()
            let promoted = try PostgresClient.test(standby.url, acceptsReadOnly: true)
            try await promoted.run("select pg_promote(wait => false)")
            try await promoted.wait(until: "not pg_is_in_recovery()")
            #expect(try await promoted.number("select count(*) from units") == 1)
            #expect(try await promoted.number("select count(*) from orders") == 0)
            for client in [admin, fixture.client, promoted] { await client.shutdown(deadline: .now) }
        }
    }

    @Test("A batch whose wait for the standby an operator breaks off has no answer before the standby has it")
    func brokenOff() async throws {
        try await Self.withPair { _, standby, url in
            let admin = try PostgresClient.test(url)
            let fixture = try await Self.fixture(over: try PostgresClient.test(url))
            try await Self.waitForStandbys(on: admin)
            standby.freeze()
            let cat = fixture.checkout(3, "cat")
            async let answer = Self.isAnswered { try await fixture.ledger.record(cat, deadline: $0 + .seconds(3)) }
            let waiting = "from pg_stat_activity where wait_event = 'SyncRep' and pid <> pg_backend_pid()"
            for _ in 0..<2 {
                try await admin.wait(until: "exists (select \(waiting))")
                try await admin.run("select pg_cancel_backend(pid) \(waiting)")
            }
            #expect(await !answer)
            standby.thaw()
            guard case .held = try await fixture.ledger.record(fixture.checkout(3, "dan"), deadline: .patient) else {
                Issue.record("the ledger should hold again once the standby answers")
                return
            }
            for client in [admin, fixture.client] { await client.shutdown(deadline: .now) }
        }
    }

    /// A primary with a migrated ledger, and a standby that its commits wait for.
    private static func withPair(
        _ body: (_ primary: PrivatePostgres, _ standby: PrivatePostgres, _ url: String) async throws -> Void
    ) async throws {
        let primary = try await PrivatePostgres.start(.ephemeral)
        let client = try PostgresClient.test(primary.url)
        _ = try await Migrator(client: client, logger: .silent).migrate()
        let standby = try await PrivatePostgres.start(.ephemeral, standbyOf: primary)
        try await client.run("alter system set synchronous_standby_names = '*'")
        try await client.run("select pg_reload_conf()")
        await client.shutdown(deadline: .now)
        try await body(primary, standby, primary.url)
        await standby.stop()
        await primary.stop()
    }

    private static func fixture(over client: PostgresClient) async throws -> LedgerFixture {
        let catalog = PostgresSaleCatalog(reader: client, bulk: client)
        let sale = try await createSale(items: 3, in: catalog)
        let ledger = PostgresSaleLedger(
            writer: client, reader: client, bulk: client, instruments: Instruments().database, logger: .silent)
        return LedgerFixture(client: client, ledger: ledger, catalog: catalog, sale: sale)
    }

    private static func waitForStandbys(on client: PostgresClient) async throws {
        try await client.wait(until: "exists (select from pg_stat_replication where sync_state = 'sync')")
    }

    /// Asks with half a second's time.
    private static func isAnswered(_ ask: (Deadline) async throws -> some Any) async -> Bool {
        do {
            _ = try await ask(.now + .milliseconds(500))
            return true
        } catch {
            return false
        }
    }

    private static func expectNoAnswer(
        _ what: Comment, sourceLocation: SourceLocation = #_sourceLocation,
        _ ask: (Deadline) async throws -> some Any
    ) async {
        #expect(await !isAnswered(ask), what, sourceLocation: sourceLocation)
    }
}
