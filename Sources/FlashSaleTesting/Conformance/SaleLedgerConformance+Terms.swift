// The rules of what a sale offers: its stock, its limit, its pace and its prices, while it is on.

internal import FlashSale
import Telemetry

extension SaleLedgerConformance {
    static let terms = restocking + limiting + pacing + pricing

    private static let restocking = [
        LedgerRule("A restocked sale sells the new units at once, under a new epoch") { scene in
            for item in 1...4 { try await scene.sell(Int32(item), to: "buyer-\(item)") }
            try await scene.expectStock(.allItemsSold, "the sale before")
            let more = try await scene.change(.restock(unitsPerItem: 3))
            try scene.expect([more.stockPerItem, more.epoch, more.version], [3, 2, 2], "the sale")
            try await scene.expectCount(free: 8, held: 0, sold: 4, "the stock")
            try await scene.expectStock(.free, "the item")
            try scene.expect(try await scene.hold(1, "ann").unit, 2, "the unit")
            try await scene.hold(1, "bob", unit: 3)
            try scene.expect(try await scene.record(1, "cyd"), .noneFree, "a checkout of what is not there")
            try await scene.expectCount(free: 6, held: 2, sold: 4, "the stock afterwards")
        },
        LedgerRule("A stock is lowered to what is held and sold, and no further", stock: 3) { scene in
            try await scene.hold(1, "ann", unit: 2)
            try scene.expect(try await scene.ask(.restock(unitsPerItem: 1)), .stockInUse, "a stock without it")
            try scene.expect(try await scene.bench.catalog.sale(scene.sale.id), scene.sale, "the sale after all")
            let less = try await scene.change(.restock(unitsPerItem: 2))
            try scene.expect([less.stockPerItem, less.epoch], [2, 2], "the sale")
            try await scene.expectCount(free: 7, held: 1, sold: 0, "the stock")
            try await scene.hold(1, "bob")
            try scene.expect(try await scene.record(1, "cyd"), .noneFree, "a checkout of what was taken away")
        },
        LedgerRule("A stock that falls to one unit and rises again counts what was taken", stock: 2) { scene in
            try await scene.sell(1, to: "ann")
            let code = try await scene.hold(2, "bob").cart.code
            _ = try await scene.change(.restock(unitsPerItem: 1))
            try await scene.expectStock(.itemSold, "the item with one unit")
            _ = try await scene.cancel(code)
            try scene.expect(try await scene.hold(2, "cyd").unit, 1, "the unit that was given back")
            _ = try await scene.change(.restock(unitsPerItem: 2))
            try await scene.expectCount(free: 6, held: 1, sold: 1, "the stock")
            for (item, name) in [(1, "dan"), (2, "eve")] {
                try scene.expect(try await scene.hold(Int32(item), name).unit, 2, "the unit of item \(item)")
            }
        },
        LedgerRule("A stock that is no other changes nothing, and one that is too large is refused") { scene in
            try scene.expect(try await scene.change(.restock(unitsPerItem: 1)), scene.sale, "the sale")
            let many = Int32(Limits.unitsPerSale)
            try scene.expect(try await scene.ask(.restock(unitsPerItem: many)), .stockTooLarge, "too many units")
        },
        LedgerRule("What a sale that is over offers cannot be changed") { scene in
            _ = try await scene.change(.end)
            for act in [SaleAct.restock(unitsPerItem: 2), .limit(2), .pace(2), .price(item: 1, minorUnits: 5)] {
                try scene.expect(try await scene.ask(act), .inactive, act.name)
            }
        },
        LedgerRule("A change of what a sale offers is made once under its key") { scene in
            for (act, other) in [
                (SaleAct.restock(unitsPerItem: 2), SaleAct.restock(unitsPerItem: 3)), (.limit(5), .limit(6)),
                (.pace(5), .pace(nil)),
                (.price(item: 1, minorUnits: 5), .price(item: 2, minorUnits: 5)),
            ] {
                let sale = try await scene.change(act, key: act.name)
                try scene.expect(try await scene.ask(act, key: act.name), .changed(sale, isReplay: true), act.name)
                try scene.expect(try await scene.ask(other, key: act.name), .keyReused, "another \(act.name)")
            }
        },
    ]

    private static let limiting = [
        LedgerRule("A higher limit is for every buyer, known or not") { scene in
            _ = try await scene.change(.limit(1))
            try await scene.hold(1, "ann")
            try scene.expect(try await scene.record(2, "ann"), .userLimitExceeded, "a second item")
            _ = try await scene.change(.limit(2))
            try scene.expect(try await scene.confirm(2, "ann").limit, 2, "the limit")
            try await scene.hold(2, "ann")
            try scene.expect(try await scene.record(3, "ann"), .userLimitExceeded, "a third item")
        },
        LedgerRule("Who has more than a lower limit allows keeps it, and gets nothing more") { scene in
            let code = try await scene.hold(1, "ann").cart.code
            try await scene.hold(2, "ann")
            try await scene.hold(3, "ann")
            try scene.expect(try await scene.change(.limit(2)).maxItemsPerBuyer, 2, "the sale")
            let confirmation = try await scene.confirm(4, "ann")
            try scene.expect([confirmation.taken, confirmation.limit], [3, 2], "what ann has and may have")
            _ = try await scene.cancel(code, 1)
            try scene.expect(try await scene.record(4, "ann"), .userLimitExceeded, "an item for the one given back")
            _ = try await scene.cancel(code, 2)
            try await scene.hold(4, "ann")
            try scene.expect(try await scene.buy(code).order.soldCount, 2, "what ann buys")
        },
    ]

    private static let pacing = [
        LedgerRule("The pace of a line is fixed and let go, and the gate need not know") { scene in
            let fixed = try await scene.change(.pace(50))
            try scene.expect([fixed.roomPace ?? 0, fixed.version, fixed.epoch], [50, 2, 1], "the sale")
            try scene.expect(try await scene.bench.catalog.agenda().sales.first?.roomPace, 50, "the agenda's")
            try scene.expect(try await scene.change(.pace(50)), fixed, "the sale with a pace that is no other")
            try scene.expect(try await scene.change(.pace(nil)).roomPace, nil, "the pace that was let go")
            let log = try await scene.bench.catalog.log(of: scene.sale.id, after: 0, limit: 10)
            try scene.expect(log.map(\.act), ["pace", "pace"], "the log")
            try scene.expect(log.map(\.before.roomPace), [nil, 50], "the paces before")
            try scene.expect(log.map(\.after.roomPace), [50, nil], "the paces after")
        },
        LedgerRule("A sale without a waiting room has no pace") { scene in
            let plan = SalePlan(
                startedAt: scene.next.endedAt, endedAt: scene.next.endedAt + .seconds(60), itemCount: 1,
                stockPerItem: 1, maxItemsPerBuyer: 1, hold: LedgerScene.hold, laneCount: scene.bench.lanes)
            guard case .created(let sale) = try await scene.bench.catalog.create(plan, fence: nil) else {
                throw ConformanceFailure(description: "a sale without a waiting room was refused")
            }
            try scene.expect(try await scene.ask(.pace(50), of: sale), .noWaitingRoom, "a pace")
        },
    ]

    private static let pricing = [
        LedgerRule("What is held keeps its price, and what is held later has the new one", stock: 12) { scene in
            let former = try await scene.bench.catalog.items(of: scene.sale, after: 0, limit: 1)[0].price
            let early = try await atOnce(1...6) { try await scene.hold(1, "early-\($0)").cart.code }
            let priced = try await scene.change(.price(item: 1, minorUnits: former.minorUnits + 7))
            try scene.expect([priced.version, priced.epoch], [2, 1], "the sale")
            let late = try await atOnce(1...6) { try await scene.hold(1, "late-\($0)").cart.code }
            _ = try await scene.change(.price(item: 1, minorUnits: 3))
            let items = try await scene.bench.catalog.items(of: scene.sale, after: 0, limit: 2)
            try scene.expect(items[0].price.minorUnits, 3, "the price")
            try scene.expect(items[1].price.minorUnits == 3, false, "that another item has it")
            func totals(_ codes: [CheckoutCode]) async throws -> Set<Int64> {
                Set(try await atOnce(1...6) { try await scene.buy(codes[$0 - 1]).order.total.minorUnits })
            }
            try scene.expect(try await totals(early), [former.minorUnits], "the early orders")
            try scene.expect(try await totals(late), [former.minorUnits + 7], "the late ones")
        },
        LedgerRule("A purchase decided alone has the price of its hold, and a late one today's") { scene in
            let former = try await scene.bench.catalog.items(of: scene.sale, after: 0, limit: 1)[0].price
            let code = try await scene.hold(1, "ann").cart.code
            _ = try await scene.change(.price(item: 1, minorUnits: former.minorUnits + 7))
            try scene.expect(try await scene.buy(code).order.total, former, "the order")
            let late = try await scene.hold(2, "bob").cart.code
            try await scene.pass(LedgerScene.holdIsOver)
            _ = try await scene.expired()
            _ = try await scene.change(.price(item: 2, minorUnits: 3))
            try scene.expect(try await scene.buy(late).order.total.minorUnits, 3, "the late order")
        },
        LedgerRule("The log says which item got which price, and a price that is no other changes nothing") { scene in
            let former = try await scene.bench.catalog.items(of: scene.sale, after: 2, limit: 1)[0].price
            let act = SaleAct.price(item: 3, minorUnits: former.minorUnits)
            try scene.expect(try await scene.change(act).version, 1, "the version")
            let priced = try await scene.change(.price(item: 3, minorUnits: 0))
            let log = try await scene.bench.catalog.log(of: scene.sale.id, after: 0, limit: 10)
            let change = PriceChange(
                item: scene.item(3), before: former, after: Price(minorUnits: 0, currency: former.currency))
            try scene.expect(log.map(\.price), [change], "the change")
            try scene.expect([log[0].act, log[0].actor, log[0].reason], ["price", "op", "why"], "the line")
            try scene.expect([log[0].before.version, log[0].after.version], [1, priced.version], "the versions")
            try scene.expect(try await scene.ask(.price(item: 5, minorUnits: 1)), .itemNotFound, "an item too many")
        },
    ]
}
