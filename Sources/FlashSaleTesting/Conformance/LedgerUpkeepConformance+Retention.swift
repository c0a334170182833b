// The rules of retention: what leaves, and what is told as before.

internal import FlashSale
internal import Telemetry

extension LedgerUpkeepConformance {
    static let retention = [
        LedgerRule("An ended sale leaves in steps, and what was promised is told as before", stock: 2) { scene in
            let bought = try await scene.hold(1, "ann").cart.code
            _ = try await scene.hold(2, "ann")
            let order = try await scene.buy(bought, key: "k").order
            let cancelled = try await scene.hold(3, "bob").cart.code
            _ = try await scene.cancel(cancelled)
            let expired = try await scene.hold(3, "cat", key: "k").cart.code
            let items = try await scene.items()
            try await scene.pass(LedgerScene.length + .seconds(3_600))
            let fence = try await scene.bench.nextFence(.retention)
            while try await scene.retire(atMost: 1, fence: fence) != .idle {
                try Task.checkCancellation()
                try scene.expect(try await scene.ledger.find(bought, deadline: .patient), order, "the order")
                try scene.expect(
                    try await scene.order(bought, key: "k"), .alreadyProcessed(order, isReplay: true), "its key")
                try scene.expect(
                    try await scene.order(bought), .alreadyProcessed(order, isReplay: false), "without the key")
                try scene.expect(try await scene.release(bought), .alreadyProcessed(order), "its cancellation")
                try scene.expect(try await scene.order(bought, by: "bob"), .notFound, "another's order")
                try scene.expect(try await scene.release(bought, by: "bob"), .notFound, "another's cart")
                try scene.expect(try await scene.order(expired), .expired, "an expired cart")
                try scene.expect(try await scene.release(expired), .expired, "its cancellation")
                try scene.expect(try await scene.order(cancelled), .expired, "a cancelled cart")
                try scene.expect(try await scene.order(scene.freshCode()), .notFound, "no cart")
                try scene.expect(try await scene.items(), items.map { $0.withoutHolds }, "the items")
            }
            try scene.expect(try await scene.bench.catalog.sale(scene.sale.id)?.itemCount, 4, "the sale")
            try await scene.expectCount(free: 6, held: 0, sold: 2, "the stock")
            try scene.expect(try await scene.record(3, "cat", key: "k"), .saleNotActive, "a checkout's key")
            let later = try await scene.bench.catalog.agenda().readAt + .seconds(60)
            try scene.expect(try await scene.ask(.setEnd(later)), .inactive, "its extension")
        },
        LedgerRule("A sale leaves though the clock was set back while it left") { scene in
            try await scene.sell(1, to: "ann")
            try await scene.pass(LedgerScene.length + .seconds(3_700))
            let fence = try await scene.bench.nextFence(.retention)
            _ = try await scene.retire(fence: fence)
            try await scene.pass(.seconds(-60))
            while try await scene.retire(fence: fence) != .idle {
                try Task.checkCancellation()
            }
            try await scene.expectCount(free: 3, held: 0, sold: 1, "the stock")
        },
        LedgerRule("A sale stays until its time is over") { scene in
            let code = try await scene.hold(1, "ann", key: "k").cart.code
            let fence = try await scene.bench.nextFence(.retention)
            try scene.expect(try await scene.retire(fence: fence), .idle, "while it is on")
            try await scene.pass(LedgerScene.length + .seconds(3_400))
            try scene.expect(try await scene.retire(fence: fence), .idle, "an hour after its end")
            guard case .held(let cart, _, isReplay: true) = try await scene.record(1, "ann", key: "k") else {
                throw ConformanceFailure(description: "the key has no outcome any more")
            }
            try scene.expect(cart.code, code, "the cart of the key")
        },
        LedgerRule("A stale fence retires nothing") { scene in
            let old = try await scene.bench.nextFence(.retention)
            let new = try await scene.bench.nextFence(.retention)
            try await scene.pass(LedgerScene.length + .seconds(3_600))
            try scene.expect(try await scene.retire(fence: old), .stale, "the old fence")
            try scene.expect(try await scene.retire(fence: new) == .idle, false, "the new fence")
        },
        LedgerRule("The archive forgets a sale when its days are over, and no sale gets its number again") { scene in
            let code = try await scene.hold(1, "ann").cart.code
            try await scene.buy(code)
            try await scene.pass(.seconds(86_400))
            let fence = try await scene.bench.nextFence(.retention)
            while try await scene.retire(days: 1, atMost: 3, fence: fence) != .idle {
                try Task.checkCancellation()
            }
            try scene.expect(try await scene.ledger.find(code, deadline: .patient) == nil, false, "before")
            try await scene.pass(.seconds(7_200))
            while try await scene.retire(days: 1, atMost: 3, fence: fence) != .idle {
                try Task.checkCancellation()
                try scene.expect(try await scene.bench.catalog.sale(scene.sale.id), nil, "the sale")
                try scene.expect(try await scene.ledger.find(code, deadline: .patient), nil, "the order")
            }
            try scene.expect(try await scene.bench.catalog.sale(scene.next.id), nil, "the next sale")
        },
    ]
}

extension LedgerScene {
    fileprivate func retire(
        days: Int = 0, atMost limit: Int = 100, fence: FencingNumber
    ) async throws -> RetireOutcome {
        try await upkeep.retire(RetentionPolicy(hotHours: 1, archiveDays: days), atMost: limit, fence: fence)
    }

    fileprivate func items() async throws -> [Item] {
        try await bench.catalog.items(of: sale, after: 0, limit: 4)
    }
}

extension Item {
    /// The item after the end of all its holds: what was held is free.
    fileprivate var withoutHolds: Item {
        Item(
            id: id, name: name, price: price, stock: stock,
            available: id.number == 3 ? stock : available, isSold: isSold)
    }
}
