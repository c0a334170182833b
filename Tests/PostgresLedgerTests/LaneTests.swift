// Lanes as their buyers meet them: writers of several lanes on the same units, codes, and a sale older than lanes.

import FlashSale
import FlashSaleTesting
import LibpqClient
import Telemetry
import Testing
import Textbook

@testable import PostgresLedger

@Suite struct LaneTests {
    @Test("Four lanes that want the same units hold each once, wait for no end, and lose nobody", arguments: [1, 2])
    func clash(seed: UInt64) async throws {
        try await Scene.with(items: 150, stock: 1, limit: 4) { scene in
            var generator = SplitMix64(seed: seed)
            // Each unit is wanted by four buyers. To each, the gate has promised it.
            var wishes: [(buyer: String, item: Int32)] = []
            for wish in 0..<600 {
                let item = (wish + wish / 300 * 40) % 150
                wishes.append((buyer: "buyer-\(wish % 300)", item: Int32(item + 1)))
            }
            wishes.shuffle(using: &generator)
            let outcomes = try await scene.atOnce(wishes) { try await scene.record($0.item, $0.buyer, unit: 1) }
            #expect(outcomes.count { if case .held = $0 { true } else { false } } == 150)
            #expect(outcomes.count { $0 == .noneFree } == 450)
            try await scene.expectWhole(free: 0, held: 150, sold: 0)

            let carts = Set(outcomes.compactMap(\.code)).shuffled(using: &generator)
            try await scene.atOnce(Array(carts.prefix(60))) { _ = try await scene.order($0) }
            try await scene.atOnce(Array(carts.dropFirst(60))) { _ = try await scene.release($0) }
            let sold = try await scene.client.number("select count(*) from units where order_number is not null")
            try await scene.expectWhole(free: 150 - sold, held: 0, sold: sold)
        }
    }

    @Test("Four lanes share the units of one item, with the gate and without")
    func sharedItem() async throws {
        try await Scene.with(items: 2, stock: 200, limit: 1) { scene in
            let buyers = (1...260).map { Int32($0) }
            let outcomes = try await scene.atOnce(buyers) { number in
                try await scene.record(1, "buyer-\(number)", unit: number.isMultiple(of: 4) ? nil : number)
            }
            #expect(outcomes.count { if case .held = $0 { true } else { false } } == 200)
            #expect(outcomes.count { $0 == .noneFree } == 60)
            try await scene.expectWhole(free: 200, held: 200, sold: 0)
            #expect(try await scene.client.number("select count(distinct lane) from item_stocks") == 4)

            // What one lane gives back, a buyer of any other gets, with the gate or without.
            let codes = outcomes.compactMap(\.code)
            for (place, unit) in [Int32?.none, 1, nil].enumerated() {
                _ = try await scene.release(codes[place])
                let again = try await scene.record(1, "late-\(place)", unit: unit)
                #expect(again.code != nil, "\(again)")
                #expect(try await scene.record(1, "nobody", unit: nil) == .noneFree)
            }
            try await scene.expectWhole(free: 200, held: 200, sold: 0)
            try await scene.client.execute(
                script: "update sales set stock_per_item = 201; update sales set taken_max = 2", deadline: .patient)
            #expect(try await scene.record(1, "nobody", unit: nil).code != nil)
        }
    }

    @Test("A hold of any lane expires, and the unit is another lane's")
    func expiry() async throws {
        try await Scene.with(items: 40, stock: 1, limit: 4) { scene in
            try await scene.atOnce((1...40).map { Int32($0) }) {
                _ = try await scene.record($0, "buyer-\($0)", unit: 1)
            }
            try await scene.client.pass(.seconds(61))
            // Before the sweeper: a batch that has the whole sale ends what is due in every lane.
            let first = try await scene.record(7, "another", unit: 1)
            #expect(first.code != nil, "\(first)")
            let fences = PostgresFences(writer: scene.client)
            let fence = try #require(try await fences.next(.sweeper))
            for lane in scene.sale.lanes {
                let outcome = try await scene.ledger.expire(scene.sale.id, in: lane, atMost: 100, fence: fence)
                #expect(outcome != .stale && !outcome.isBehind)
            }
            try await scene.expectWhole(free: 39, held: 1, sold: 0)
        }
    }

    @Test("While the queue of one lane stands, the sweeper ends the holds of the others")
    func sweeping() async throws {
        try await Scene.with(items: 40, stock: 1, limit: 4) { scene in
            try await scene.atOnce((1...40).map { Int32($0) }) {
                _ = try await scene.record($0, "buyer-\($0)", unit: 1)
            }
            try await scene.client.pass(.seconds(61))
            let instruments = Instruments().sale
            let board = SaleBoard(catalog: PostgresSaleCatalog(reader: scene.client, bulk: scene.client))
            try await board.refresh()
            let sweeper = HoldSweeper(
                board: board, ledger: scene.ledger,
                ends: HoldEnds(
                    board: board, gate: InMemorySaleGate(), afterwards: Afterwards(), instruments: instruments),
                instruments: instruments)
            let fence = try #require(try await PostgresFences(writer: scene.client).next(.sweeper))
            func held(inFirstLane isFirst: Bool) -> String {
                "select count(*) from units where (get_byte(uuid_send(code), 0) = 0) = \(isFirst)"
            }
            let before = try await scene.client.number(held(inFirstLane: true))
            let sweep = try await scene.client.withTransaction(deadline: .patient) { holder in
                _ = try await holder.query(
                    PostgresStatement(
                        "hold_lane", "select lock_lane(\(scene.sale.id.number), 0)", type: .select, table: .none,
                        isPrepared: false))
                let sweep = Task { try await sweeper.tick(scene.sale, fence) }
                var looks = 0
                while looks < 1_000, try await scene.client.number(held(inFirstLane: false)) > 0 {
                    try Task.checkCancellation()
                    looks += 1
                }
                return sweep
            }
            #expect(try await scene.client.number(held(inFirstLane: false)) == 0)
            #expect(before > 0)
            #expect(try await sweep.value == .done)
            try await scene.expectWhole(free: 40, held: 0, sold: 0)
        }
    }

    @Test("A code names its buyer's lane, and a cart has one")
    func codes() async throws {
        try await Scene.with(items: 8, stock: 1, limit: 4) { scene in
            for item in Int32(1)...8 { _ = try await scene.record(item, "buyer-\(item / 2)", unit: 1) }
            let strangers = """
                select count(*) from checkouts c
                where get_byte(uuid_send(c.code), 0) >= 4 or exists (
                    select from checkouts o where o.user_id = c.user_id and o.code <> c.code
                )
                """
            #expect(try await scene.client.number(strangers) == 0)
        }
    }

    @Test("Another count of lanes is refused in one sentence")
    func immutable() async throws {
        try await Scene.with(items: 1, stock: 1, limit: 1) { scene in
            let error = await #expect(throws: PostgresError.self) {
                try await scene.client.run("update sales set lane_count = 2")
            }
            #expect(error?.constraintName == "sales_keep_their_lanes")
            #expect(error?.message.contains("has 4 lanes, and keeps them") == true, "\(String(describing: error))")
        }
    }

    @Test("A sale that is on when its ledger gets lanes goes on with one")
    func migration() async throws {
        try await withClient(isMigrated: false) { client in
            let files = SchemaFiles.ofThisBuild
            let former = SchemaFiles(
                tables: files.tables.prefix { !$0.name.hasSuffix("_lanes") }.map(\.self), functions: [],
                functionsRevision: 0)
            try await Migrator(client: client, files: former, logger: .silent).migrate()
            try await client.execute(script: Self.saleWithoutLanes, deadline: .patient)
            try await Migrator(client: client, logger: .silent).migrate()

            let catalog = PostgresSaleCatalog(reader: client, bulk: client)
            let sale = try #require(try await catalog.sale(SaleID(1)))
            #expect(sale.laneCount == 1)
            #expect(try await catalog.count(sale) == StockCount(free: 4, held: 1, sold: 1))
            let scene = Scene(client: client, sale: sale)
            let bought = try await scene.order(CheckoutCode(sale: sale.id, high: 0xAAAA_0000_0000_0000, low: 1))
            guard case .ordered = bought else { return #expect(Bool(false), "\(bought)") }
            #expect(try await scene.record(1, "cat", unit: nil).code != nil)
            #expect(try await scene.record(1, "dan", unit: nil) == .noneFree)
            try await scene.expectWhole(free: 3, held: 1, sold: 2)
            let rows = "select string_agg(lane || ' ' || item || ' ' || held || ' ' || sold, ', ') from item_stocks"
            #expect(try await client.run(rows)[0][0].string() == "0 1 1 2")
        }
    }

    /// Two items of three units. Ann holds 1/1, bob has bought 1/2.
    private static let saleWithoutLanes = """
        insert into sales (started_at, ended_at, item_count, stock_per_item, taken_max, hold_seconds)
        values (now() - interval '1 minute', now() + interval '1 hour', 2, 3, 2, 600);
        insert into stocks (sale_id, free, held, sold, next_end) values (1, 4, 1, 1, now() + interval '10 minutes');
        insert into items values (1, 1, 'one', 100, 'EUR', 1, 1, 3), (1, 2, 'two', 100, 'EUR', 0, 0, 1);
        insert into units values
            (1, 1, 1, 'aaaa0000000000000000000000000001', gen_random_uuid(), now(), now() + interval '10 minutes', null,
                null),
            (1, 1, 2, 'bbbb0000000000000000000000000001', gen_random_uuid(), now(), now() + interval '10 minutes', 7,
                100);
        insert into unit_changes (sale_id, state, items, numbers, expires_at)
        values (1, 'held', '{1,1}', '{1,2}', now() + interval '10 minutes'), (1, 'sold', '{1}', '{2}', null);
        insert into buyers values (1, 'ann', 1, 0, 1, 'aaaa0000000000000000000000000001'),
            (1, 'bob', 0, 1, 1, 'bbbb0000000000000000000000000001');
        insert into checkouts values (1, 'aaaa0000000000000000000000000001', 'ann', '{1}', '{1}', now()),
            (1, 'bbbb0000000000000000000000000001', 'bob', '{1}', '{2}', now());
        insert into orders (sale_id, code, order_number, user_id, request, total_minor, currency, ordered_at)
        overriding system value
        values (1, 'bbbb0000000000000000000000000001', 7, 'bob', gen_random_uuid(), 100, 'EUR', now());
        """
}

/// A sale of four lanes, with a ledger over it.
private struct Scene: Sendable {
    let client: PostgresClient
    let sale: Sale
    let ledger: PostgresSaleLedger
    private let mint = CodeMint()

    init(client: PostgresClient, sale: Sale) {
        self.client = client
        self.sale = sale
        ledger = PostgresSaleLedger(
            writer: client, reader: client, bulk: client, instruments: Instruments().database, logger: .silent)
    }

    static func with(
        items: Int, stock: Int, limit: Int, _ body: @Sendable (Scene) async throws -> Void
    ) async throws {
        try await withClient { client in
            let catalog = PostgresSaleCatalog(reader: client, bulk: client)
            let now = try await catalog.agenda().readAt
            let plan = SalePlan(
                startedAt: now + .seconds(-60), endedAt: now + .seconds(3_600), itemCount: items, stockPerItem: stock,
                maxItemsPerBuyer: limit, hold: .seconds(60), laneCount: 4)
            guard case .created(let sale) = try await catalog.create(plan, fence: nil) else { throw NoScene() }
            try await body(Scene(client: client, sale: sale))
        }
    }

    /// A checkout.
    ///
    /// - Parameter unit: the unit that the gate has reserved under the code for a new cart; nil for none.
    func record(_ item: Int32, _ name: String, unit: Int32?) async throws -> RecordOutcome {
        let buyer = try #require(BuyerID(name))
        let lane = sale.lane(of: buyer)
        let code = mint.mint(sale.id, in: lane)
        let reservation = unit.map {
            Hold(unit: Unit(item: item, number: $0), code: code, buyer: buyer, expiresAt: sale.endedAt)
        }
        let request = CheckoutRequest(
            item: ItemID(sale: sale.id, number: item), buyer: buyer, reservation: reservation, candidate: code,
            key: nil, lane: lane)
        while true {
            try Task.checkCancellation()
            if let outcome = try await attempt(request) { return outcome }
            await Task.yield()
        }
    }

    /// Nil if a slow machine takes no more now: nothing was recorded.
    private func attempt(_ request: CheckoutRequest) async throws -> RecordOutcome? {
        do {
            return try await ledger.record(request, deadline: .patient)
        } catch {
            guard error.reason == .overloaded else { throw error }
            return nil
        }
    }

    func order(_ code: CheckoutCode) async throws -> OrderOutcome {
        try await ledger.order(PurchaseRequest(code: code, key: nil, in: sale.lane(of: code)), deadline: .patient)
    }

    func release(_ code: CheckoutCode) async throws -> ReleaseOutcome {
        try await ledger.release(code, item: nil, by: nil, in: sale.lane(of: code), deadline: .patient)
    }

    @discardableResult
    func atOnce<Wish: Sendable, Result: Sendable>(
        _ wishes: [Wish], _ body: @escaping @Sendable (Wish) async throws -> Result
    ) async throws -> [Result] {
        try await withThrowingTaskGroup(of: Result.self) { group in
            for wish in wishes { group.addTask { try await body(wish) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    /// Expects the counts of the sale, and that those of every lane are its units'.
    func expectWhole(free: Int, held: Int, sold: Int) async throws {
        let catalog = PostgresSaleCatalog(reader: client, bulk: client)
        #expect(try await catalog.count(sale) == StockCount(free: free, held: held, sold: sold))
        let lane = "case when \(sale.laneCount) > 1 then get_byte(uuid_send(code), 0) else 0 end"
        let units = "count(*) - count(order_number), count(order_number) from units"
        let different = """
            select count(*) from (
                (select lane, 0, held, sold from stocks where held + sold > 0
                union all select lane, item, held, sold from item_stocks where held + sold > 0)
                except
                (select \(lane), 0, \(units) group by 1
                union all select \(lane), item, \(units) group by 1, 2)
            ) x
            """
        #expect(try await client.number(different) == 0)
    }
}

private struct NoScene: Error {}

extension RecordOutcome {
    /// The code of the cart of a checkout that succeeded.
    fileprivate var code: CheckoutCode? { if case .held(let cart, _, _) = self { cart.code } else { nil } }
}
