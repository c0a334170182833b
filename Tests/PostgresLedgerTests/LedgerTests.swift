// The ledger's outcomes on a real Postgres, one situation each.

import FlashSale
import LibpqClient
import PostgresLedger
import Telemetry
import Testing

@Suite struct LedgerTests {
    @Test("A failure says whether its caller left, and whether a constraint stood in the way")
    func failures() async throws {
        try await LedgerFixture.with { fixture in
            let code = try await fixture.hold(1, "ann")
            let reading = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                _ = try await fixture.ledger.find(code, deadline: .patient)
            }
            let left = await #expect(throws: LedgerFailure.self) { try await reading.value }
            #expect(left?.reason == .clientClosed && left?.isByConstraint == false)

            try await fixture.client.run("alter table buyers add check (user_id <> 'mallory')")
            let refused = await #expect(throws: LedgerFailure.self) { try await fixture.record(2, "mallory") }
            #expect(refused?.reason == .database && refused?.isByConstraint == true)
        }
    }

    @Test("a buyer's holds share one code, up to its limit and not twice of one item")
    func carts() async throws {
        try await LedgerFixture.with { fixture in
            let code = try await fixture.hold(1, "ann")
            #expect(try await fixture.record(1, "ann") == .alreadyCheckedOut(code))
            #expect(try await fixture.hold(2, "ann") == code)
            #expect(try await fixture.record(3, "ann") == .userLimitExceeded)
        }
    }

    @Test("the gate's unit is preferred; a taken one is replaced by another, and none free is said")
    func units() async throws {
        try await LedgerFixture.with { fixture in
            let first = try await fixture.record(1, "ann", unit: 2)
            let second = try await fixture.record(1, "bob", unit: 2)
            guard case .held(_, let unit, _) = first, case .held(_, let other, _) = second else {
                Issue.record("both should hold")
                return
            }
            #expect([unit, other] == [2, 1])
            #expect(try await fixture.record(1, "cat", unit: 1) == .noneFree)
        }
    }

    @Test("a key gets its answer again, and another item under it is refused")
    func keys() async throws {
        try await LedgerFixture.with { fixture in
            guard case .held(let cart, let unit, false) = try await fixture.record(1, "ann", key: "k") else {
                Issue.record("the first should hold")
                return
            }
            _ = try await fixture.hold(2, "ann")
            #expect(try await fixture.record(1, "ann", key: "k") == .held(cart, unit: unit, isReplay: true))
            #expect(try await fixture.record(3, "ann", key: "k") == .idempotencyKeyReused)
        }
    }

    @Test("a purchase sells the cart once; its key gets the order again, others hear of it")
    func purchases() async throws {
        try await LedgerFixture.with { fixture in
            let code = try await fixture.hold(1, "ann")
            _ = try await fixture.hold(3, "ann")
            guard case .ordered(let order, let sold) = try await fixture.order(code, key: "k") else {
                Issue.record("the cart should be sold")
                return
            }
            #expect(order.lines.map(\.item.number) == [1, 3])
            #expect(sold.count == 2 && order.soldCount == 2)
            #expect(try await fixture.order(code, key: "k") == .alreadyProcessed(order, isReplay: true))
            #expect(try await fixture.order(code) == .alreadyProcessed(order, isReplay: false))
            #expect(try await fixture.ledger.find(code, deadline: .patient) == order)
            #expect(try await fixture.record(2, "ann") == .userLimitExceeded)
            #expect(try await fixture.order(fixture.mint.mint(fixture.sale.id)) == .notFound)
        }
    }

    @Test("a late purchase takes another free unit, and says which items it did not get")
    func latePurchases() async throws {
        try await LedgerFixture.with { fixture in
            let code = try await fixture.hold(1, "ann")
            _ = try await fixture.hold(2, "ann")
            try await fixture.passTime()
            // Both units of item 1 go to others; of item 2 one is left.
            _ = try await fixture.hold(1, "bob")
            _ = try await fixture.hold(1, "cat")
            _ = try await fixture.hold(2, "bob")
            guard case .ordered(let order, _) = try await fixture.order(code) else {
                Issue.record("one item should be sold")
                return
            }
            #expect(order.lines.map(\.isSold) == [false, true])
            #expect(order.failedCount == 1)
        }
    }

    @Test("a cart of which nothing can be bought any more is expired, and is not an order")
    func expiredCarts() async throws {
        try await LedgerFixture.with { fixture in
            let code = try await fixture.hold(1, "ann")
            try await fixture.passTime()
            _ = try await fixture.hold(1, "bob")
            _ = try await fixture.hold(1, "cat")
            #expect(try await fixture.order(code) == .expired)
            #expect(try await fixture.ledger.find(code, deadline: .patient) == nil)
            #expect(try await fixture.hold(2, "ann") != code)
        }
    }

    @Test("what is given back is free again, and an emptied cart is over")
    func cancelling() async throws {
        try await LedgerFixture.with { fixture in
            let code = try await fixture.hold(1, "ann")
            _ = try await fixture.hold(2, "ann")
            let first = try await fixture.ledger.release(
                code, item: fixture.item(1), by: nil, in: nil, deadline: .patient)
            guard case .released(let holds, 1) = first else {
                Issue.record("one item should be given back, and one left: \(first)")
                return
            }
            #expect(holds.map(\.hold.unit.item) == [1])
            #expect(
                try await fixture.ledger.release(code, item: fixture.item(1), by: nil, in: nil, deadline: .patient)
                    == .itemNotFound)
            guard
                case .released(_, 0) = try await fixture.ledger.release(
                    code, item: nil, by: nil, in: nil, deadline: .patient)
            else {
                Issue.record("the rest should be given back")
                return
            }
            #expect(try await fixture.ledger.release(code, item: nil, by: nil, in: nil, deadline: .patient) == .expired)
            #expect(try await fixture.catalog.count(fixture.sale) == StockCount(free: 6, held: 0, sold: 0))
        }
    }

    @Test(
        "nobody is refused for a hold that is over, however many ended holds stand before it",
        arguments: [("already", "ann", 1), ("limit", "ann", 3), ("none", "cat", 1)] as [(String, String, Int32)])
    func behindALongHistory(refusal: String, buyer: String, item: Int32) async throws {
        try await LedgerFixture.with { fixture in
            // A live hold keeps the sweep before what is bought behind it.
            _ = try await fixture.hold(3, "dan")
            try await fixture.client.run(
                """
                insert into unit_changes (sale_id, state, items, numbers, expires_at)
                select \(fixture.sale.id.number), 'held', '{2}', '{2}', now() + interval '1 minute'
                from generate_series(1, 4500)
                """)
            _ = try await fixture.hold(1, "bob")
            let code = try await fixture.hold(1, "ann")
            _ = try await fixture.hold(2, "ann")
            try await fixture.passTime()
            let answer = try await fixture.record(item, buyer)
            guard case .held(let cart, _, isReplay: false) = answer else {
                Issue.record("the refusal is false: \(answer)")
                return
            }
            #expect(cart.code != code && cart.itemsCount == 1)
            #expect(try await fixture.client.number("select count(*) from holds where ended_at is null") == 1)
        }
    }

    @Test("a no is confirmed by what is so")
    func confirmations() async throws {
        try await LedgerFixture.with { fixture in
            let buyer = BuyerID("dan")!
            func stock(_ item: Int32) async throws -> FlashSale.Confirmation.Stock {
                try await fixture.ledger.confirm(fixture.item(item), for: buyer, deadline: .patient).stock
            }
            #expect(try await stock(1) == .free)
            let ann = try await fixture.hold(1, "ann")
            let bob = try await fixture.hold(1, "bob")
            guard case .held = try await stock(1) else {
                Issue.record("the item should be held")
                return
            }
            _ = try await fixture.order(ann)
            _ = try await fixture.order(bob)
            #expect(try await stock(1) == .itemSold)
            let cat = try await fixture.ledger.confirm(fixture.item(1), for: BuyerID("ann")!, deadline: .patient)
            #expect(cat.taken == 1 && cat.limit == 2 && cat.holding == nil)
            for (buyer, item) in [("eve", 2), ("eve", 3), ("fay", 2), ("fay", 3)] as [(String, Int32)] {
                _ = try await fixture.hold(item, buyer)
            }
            try await fixture.passTime()
            #expect(try await stock(2) == .free, "a hold past its time and grace counts as free")
        }
    }

    @Test("64 buyers at once take the two units of an item, and one buyer at once takes its limit")
    func crowds() async throws {
        try await LedgerFixture.with { fixture in
            let holders = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<64 {
                    group.addTask {
                        if case .held = try await fixture.record(1, "buyer-\(number)", unit: 1) { true } else { false }
                    }
                }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(holders == 2)
            let answers = try await withThrowingTaskGroup(of: RecordOutcome.self) { group in
                for number in 0..<30 { group.addTask { try await fixture.record(Int32(number % 2) + 2, "greedy") } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let carts = answers.compactMap { if case .held(let cart, _, _) = $0 { cart.code } else { nil } }
            #expect(carts.count == 2 && Set(carts).count == 1)
        }
    }

    @Test("a code that is purchased 50 times at once becomes one order, and every answer is that order")
    func oneOrder() async throws {
        try await LedgerFixture.with { fixture in
            let code = try await fixture.hold(1, "ann")
            let answers = try await withThrowingTaskGroup(of: OrderOutcome.self) { group in
                for _ in 0..<50 { group.addTask { try await fixture.order(code) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let orders = answers.compactMap { answer -> OrderID? in
                switch answer {
                case .ordered(let order, _), .alreadyProcessed(let order, _): order.id
                default: nil
                }
            }
            #expect(orders.count == 50 && Set(orders).count == 1)
            #expect(try await fixture.client.number("select count(*) from orders") == 1)
        }
    }

    @Test("units that the sale does not have are left out of a snapshot and of the drift check's reading")
    func strays() async throws {
        try await LedgerFixture.with { fixture in
            _ = try await fixture.hold(1, "ann")
            try await fixture.client.run(
                """
                insert into units (sale_id, item, number, code, request, held_at, expires_at)
                select sale_id, x.item, x.number, code, request, held_at, expires_at
                from units, (values (1, 3), (4, 1), (1, 0)) x (item, number)
                """)
            #expect(try await fixture.ledger.snapshot(of: fixture.sale).count == StockCount(free: 5, held: 1, sold: 0))
            let stock = try await fixture.ledger.stock(of: fixture.sale, units: 0..<fixture.sale.unitCount)
            #expect(stock.count == StockCount(free: 5, held: 1, sold: 0))
        }
    }

    @Test("a snapshot says what is held and sold, and an epoch is raised once from each")
    func snapshots() async throws {
        try await LedgerFixture.with { fixture in
            let code = try await fixture.hold(1, "ann")
            let bob = try await fixture.hold(2, "bob")
            _ = try await fixture.order(bob)
            let next = try await fixture.client.number("select next_fence(rebuild_of(\(fixture.sale.id)))")
            let fence = FencingNumber(Int64(next))
            let raise = EpochRaise(seen: fixture.sale.epoch, fence: fence)
            #expect(try await fixture.ledger.raiseEpoch(of: fixture.sale.id, raise) == fixture.sale.epoch + 1)
            #expect(try await fixture.ledger.raiseEpoch(of: fixture.sale.id, raise) == nil)
            let snapshot = try await fixture.ledger.snapshot(of: fixture.sale)
            #expect(snapshot.count == StockCount(free: 4, held: 1, sold: 1))
            #expect(snapshot.held[0]?.code == code && snapshot.isSold(2))
            #expect(snapshot.bought == [BuyerID("bob")!: 1])
        }
    }

    @Test("a page of items is in order, and says what is left of each")
    func pages() async throws {
        try await LedgerFixture.with { fixture in
            _ = try await fixture.order(try await fixture.hold(2, "ann"))
            _ = try await fixture.order(try await fixture.hold(2, "bob"))
            let items = try await fixture.catalog.items(of: fixture.sale, after: 1, limit: 5)
            #expect(items.map(\.id.number) == [2, 3])
            #expect(items.map(\.available) == [0, 2] && items.map(\.isSold) == [true, false])
            #expect(items[0].name == ItemDesign(fixture.item(2)).name)
            let overlapping = fixture.sale
            let plan = SalePlan(
                startedAt: overlapping.startedAt, endedAt: overlapping.endedAt, itemCount: 1, stockPerItem: 1,
                maxItemsPerBuyer: 1, hold: .seconds(1))
            #expect(try await fixture.catalog.create(plan, fence: nil) == .overlaps)
        }
    }
}
