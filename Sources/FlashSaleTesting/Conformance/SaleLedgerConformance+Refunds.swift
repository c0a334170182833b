// The rules of refunds: what a refunded order says, what becomes of its units, and that nothing is refunded twice.

internal import FlashSale
import Telemetry

extension SaleLedgerConformance {
    static let refunding = [
        LedgerRule("A refunded unit is for sale again, under a new epoch, and its buyer may take another", limit: 2) {
            scene in
            let code = try await scene.buyOf([1, 2], "ann")
            try scene.expect(try await scene.record(3, "ann"), .userLimitExceeded, "a third item")
            let sale = try await scene.change(.refund(code, items: [1]))
            try scene.expect([sale.epoch, sale.version], [2, 2], "the epoch and the version")
            try await scene.expectCount(free: 3, held: 0, sold: 1, "the stock")
            try await scene.expectStock(.free, "the item")
            try scene.expect(try await scene.confirm(3, "ann").taken, 1, "what ann has")
            try await scene.hold(3, "ann")
            try scene.expect(try await scene.record(4, "ann"), .userLimitExceeded, "an item too many")
            try await scene.sell(1, to: "bob")
            try await scene.expectStock(.itemSold, "the item that bob bought")
        },
        LedgerRule("A refund gives no room above a lower limit") { scene in
            let code = try await scene.buyOf([1, 2, 3], "ann")
            _ = try await scene.change(.limit(1))
            _ = try await scene.change(.refund(code, items: [1, 2]))
            try scene.expect(try await scene.record(1, "ann"), .userLimitExceeded, "a second item")
            _ = try await scene.change(.refund(code, items: nil))
            try await scene.hold(1, "ann")
        },
        LedgerRule("A refunded order says which lines came back, when and for how much, and keeps its total") { scene in
            let code = try await scene.buyOf([1, 2, 3], "ann", key: "k")
            let bought = try await scene.find(code)
            let prices = try await scene.bench.catalog.items(of: scene.sale, after: 0, limit: 3).map(\.price.minorUnits)
            _ = try await scene.change(.refund(code, items: [2]))
            let first = try await scene.find(code)
            try scene.expect(first.lines.map { $0.refundedAt != nil }, [false, true, false], "the refunded line")
            try scene.expect(first.refunded?.minorUnits, prices[1], "the refund")
            _ = try await scene.change(.refund(code, items: nil))
            let all = try await scene.find(code)
            try scene.expect(all.lines.map(\.price?.minorUnits), prices, "what the lines cost")
            try scene.expect(all.lines.allSatisfy { $0.refundedAt != nil }, true, "that all lines are refunded")
            try scene.expect(all.lines[1].refundedAt, first.lines[1].refundedAt, "the time of the first refund")
            try scene.expect(all.refunded, bought.total, "all refunds")
            try scene.expect([all.total, all.total], [bought.total, first.total], "the total")
            // The purchase keeps its answer.
            try scene.expect(
                try await scene.order(code, key: "k"), .alreadyProcessed(bought, isReplay: true), "the purchase again")
            try scene.expect(try await scene.release(code), .alreadyProcessed(all), "its cancellation")
        },
        LedgerRule("Nothing is refunded twice, and an item that was not sold keeps the others") { scene in
            let code = try await scene.buyOf([1, 2], "ann")
            try scene.expect(
                try await scene.ask(.refund(code, items: [1, 3])), .nothingToRefund, "an item that it did not have")
            _ = try await scene.change(.refund(code, items: [1]))
            for items in [[1], [1, 2]] as [Set<Int32>] {
                try scene.expect(try await scene.ask(.refund(code, items: items)), .nothingToRefund, "\(items)")
            }
            _ = try await scene.change(.refund(code, items: nil))
            try scene.expect(try await scene.ask(.refund(code, items: nil)), .nothingToRefund, "all of it again")
            try await scene.expectCount(free: 4, held: 0, sold: 0, "the stock")
            let held = try await scene.hold(1, "bob").cart.code
            for code in [held, scene.freshCode()] {
                try scene.expect(try await scene.ask(.refund(code, items: nil)), .orderNotFound, "no order")
            }
            try scene.expect(try await scene.bench.catalog.sale(scene.sale.id)?.version, 3, "the version")
        },
        LedgerRule("A refund is made once under its key, and for the version that was seen") { scene in
            let code = try await scene.buyOf([1, 2, 3], "ann")
            let refund = SaleAct.refund(code, items: [1])
            try scene.expect(try await scene.ask(refund, version: 2), .stale, "another version")
            let sale = try await scene.change(refund, version: 1, key: "k")
            try scene.expect(
                try await scene.ask(refund, version: 1, key: "k"), .changed(sale, isReplay: true), "again")
            for items in [nil, [2]] as [Set<Int32>?] {
                try scene.expect(
                    try await scene.ask(.refund(code, items: items), key: "k"), .keyReused, "another refund")
            }
            let all = try await scene.change(.refund(code, items: nil), key: "all")
            try scene.expect(
                try await scene.ask(.refund(code, items: nil), key: "all"), .changed(all, isReplay: true), "all again")
            try await scene.expectCount(free: 4, held: 0, sold: 0, "the stock")
        },
        LedgerRule("The log says which items of which order were refunded, and for how much", stock: 2) { scene in
            let code = try await scene.buyOf([3, 1], "ann")
            let order = try await scene.find(code)
            _ = try await scene.buyOf([3, 1], "cat")
            _ = try await scene.change(.refund(code, items: nil))
            let log = try await scene.bench.catalog.log(of: scene.sale.id, after: 0, limit: 10)
            let refund = Refund(order: order.id, items: [scene.item(1), scene.item(3)], total: order.total)
            try scene.expect(log.map(\.refund), [refund], "the refund")
            try scene.expect([log[0].act, log[0].actor, log[0].reason], ["refund", "op", "why"], "the line")
            try scene.expect(log[0].before.terms, log[0].after.terms, "the terms")
            // The lowest unit of each is free again, below another's.
            for item in [1, 3] as [Int32] { try scene.expect(try await scene.hold(item, "bob").unit, 1, "the unit") }
        },
        LedgerRule("What was bought late, or for a former price, is refunded for what it cost") { scene in
            let code = try await scene.hold(1, "ann").cart.code
            try await scene.pass(LedgerScene.holdIsOver)
            _ = try await scene.expired()
            _ = try await scene.change(.price(item: 1, minorUnits: 7))
            try await scene.buy(code)
            _ = try await scene.change(.price(item: 1, minorUnits: 9))
            _ = try await scene.change(.refund(code, items: nil))
            try scene.expect(try await scene.find(code).refunded?.minorUnits, 7, "the refund")
        },
        LedgerRule("A sale that is over, and one in the archive, can be refunded, and keep their epoch", stock: 2) {
            scene in
            let (early, late) = (try await scene.buyOf([1], "ann"), try await scene.buyOf([1, 2], "bob"))
            _ = try await scene.change(.end)
            try scene.expect(try await scene.change(.refund(early, items: nil)).epoch, 1, "the epoch")
            try await scene.pass(.seconds(7_200))
            let fence = try await scene.bench.nextFence(.retention)
            let policy = RetentionPolicy(hotHours: 1, archiveDays: 0)
            while try await scene.upkeep.retire(policy, atMost: 100, fence: fence) != .idle {
                try Task.checkCancellation()
            }
            try scene.expect(try await scene.change(.refund(late, items: [1])).epoch, 1, "the epoch in the archive")
            try await scene.expectCount(free: 7, held: 0, sold: 1, "the stock")
            for (code, refunds) in [(early, [true]), (late, [true, false])] {
                try scene.expect(
                    try await scene.find(code).lines.map { $0.refundedAt != nil }, refunds, "the refunded lines")
            }
            let items = try await scene.bench.catalog.items(of: scene.sale, after: 0, limit: 2)
            try scene.expect(items.map(\.available), [2, 1], "what is not sold")
            try scene.expect(try await scene.ask(.refund(early, items: nil)), .nothingToRefund, "a second time")
        },
    ]
}

extension LedgerScene {
    /// Items that a buyer checks out and purchases together; the code of the order.
    fileprivate func buyOf(_ items: [Int32], _ buyer: String, key: String? = nil) async throws -> CheckoutCode {
        var code = freshCode()
        for item in items { code = try await hold(item, buyer).cart.code }
        try await buy(code, key: key)
        return code
    }

    fileprivate func find(_ code: CheckoutCode) async throws -> Order {
        guard let order = try await ledger.find(code, deadline: .patient) else {
            throw ConformanceFailure(description: "the order is not there")
        }
        return order
    }
}

extension Sale {
    /// What operators set.
    fileprivate var terms: [Int32] { [stockPerItem, maxItemsPerBuyer, itemCount] }
}
