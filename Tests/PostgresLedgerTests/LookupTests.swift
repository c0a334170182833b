// What anybody may ask for has connections of its own.

import FlashSale
import LibpqClient
import PostgresLedger
import Telemetry
import Testing

@Suite struct LookupTests {
    @Test("Look-ups that wait for their connections keep no holder from the others", .timeLimit(.minutes(1)))
    func share() async throws {
        try await withLedgerDatabase { url in
            let (client, lookups) = (try PostgresClient.test(url), try PostgresClient.test(url, connectionsMax: 1))
            let catalog = PostgresSaleCatalog(reader: client, bulk: client, lookups: lookups)
            let sale = try await createSale(items: 3, in: catalog)
            let ledger = PostgresSaleLedger(
                writer: client, reader: client, bulk: client, lookups: lookups, instruments: Instruments().database,
                logger: .silent)
            let shop = LedgerFixture(client: client, ledger: ledger, catalog: catalog, sale: sale)
            let code = try await lookups.withConnection(deadline: .patient) { _ in
                let junk = CodeMint().mint(sale.id)
                let soon = Deadline.now + .milliseconds(100)
                await #expect(throws: LedgerFailure.self) { try await ledger.find(junk, deadline: soon) }
                let code = try await shop.hold(1, "ann")
                if case .ordered = try await shop.order(code) { return code }
                Issue.record("a holder was refused")
                return code
            }
            #expect(try await ledger.find(code, deadline: .patient)?.code == code)
            for client in [client, lookups] { await client.shutdown(deadline: .now) }
        }
    }
}
