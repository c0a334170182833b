// Shops in Postgres: what the ledger's conformance does not try.

import FlashSale
import LibpqClient
import Telemetry
import Testing

@testable import PostgresLedger

@Suite("Shops of the ledger")
struct ShopTests {
    @Test("A sale that is on when its ledger gets shops goes on in the shop main")
    func migration() async throws {
        try await withClient(isMigrated: false) { client in
            let files = SchemaFiles.ofThisBuild
            let former = SchemaFiles(
                tables: files.tables.prefix { !$0.name.hasSuffix("_shops") }.map(\.self), functions: [],
                functionsRevision: 0)
            try await Migrator(client: client, files: former, logger: .silent).migrate()
            try await client.execute(script: Self.sale, deadline: .patient)
            try await Migrator(client: client, logger: .silent).migrate()

            let catalog = PostgresSaleCatalog(reader: client, bulk: client)
            let agenda = try await catalog.agenda()
            let sale = try #require(agenda.sales.first)
            #expect(sale.shop == .main && sale.isActive(at: agenda.readAt))
            #expect(try await catalog.count(sale) == StockCount(free: 1, held: 1, sold: 0))
            let ledger = PostgresSaleLedger(
                writer: client, reader: client, bulk: client, instruments: Instruments().database, logger: .silent)
            let code = CheckoutCode(sale: sale.id, high: 0xAAAA_0000_0000_0000, low: 1)
            let request = PurchaseRequest(code: code, key: nil)
            guard case .ordered = try await ledger.order(request, deadline: .patient) else {
                return #expect(Bool(false), "the cart was lost")
            }
            #expect(try await ledger.hold("bob", of: sale, item: 2) != nil)

            var plan = SalePlan(
                startedAt: sale.startedAt, endedAt: sale.endedAt, itemCount: 1, stockPerItem: 1, maxItemsPerBuyer: 1,
                hold: .seconds(60))
            #expect(try await catalog.create(plan, fence: nil) == .overlaps)
            plan.shop = try #require(ShopID("lego"))
            guard case .created(let beside) = try await catalog.create(plan, fence: nil) else {
                return #expect(Bool(false), "a sale of another shop was refused")
            }
            #expect(try await catalog.sale(beside.id)?.shop == plan.shop)
        }
    }

    /// Two items of one unit. Ann holds the first.
    private static let sale = """
        insert into sales (started_at, ended_at, item_count, stock_per_item, taken_max, hold_seconds)
        values (now() - interval '1 minute', now() + interval '1 hour', 2, 1, 2, 600);
        insert into stocks (sale_id, held, next_end) values (1, 1, now() + interval '10 minutes');
        insert into items values (1, 1, 'one', 100, 'EUR'), (1, 2, 'two', 100, 'EUR');
        insert into units values (1, 1, 1, 'aaaa0000000000000000000000000001', gen_random_uuid(), now(),
            now() + interval '10 minutes', null, null);
        insert into unit_changes (sale_id, state, items, numbers, expires_at)
        values (1, 'held', '{1}', '{1}', now() + interval '10 minutes');
        insert into buyers values (1, 'ann', 1, 0, 1, 'aaaa0000000000000000000000000001');
        insert into checkouts values (1, 'aaaa0000000000000000000000000001', 'ann', '{1}', '{1}', now());
        """
}
