// The rules of release, and of the reads that change nothing.

internal import FlashSale
import Telemetry

extension SaleLedgerConformance {
    static let releasing = [
        LedgerRule("A cancel ends one hold of the cart, or all of them, which closes the cart") { scene in
            let code = try await scene.hold(2, "ann").cart.code
            try await scene.hold(1, "ann")
            try await scene.hold(3, "ann")
            try scene.expect(try await scene.cancel(code, 2), [2, 2], "one item, and what is left")
            try await scene.hold(2, "bob")
            try scene.expect(try await scene.cancel(code), [1, 3, 0], "the rest")
            try scene.expect(try await scene.release(code), .expired, "the closed cart")
            try await scene.expectCount(free: 3, held: 1, sold: 0, "after all")
        },
        LedgerRule("A cancel ends nothing that the cart does not hold") { scene in
            let code = try await scene.hold(1, "ann").cart.code
            try await scene.hold(2, "bob")
            try scene.expect(try await scene.release(code, 2), .itemNotFound, "another buyer's item")
            let foreign = ItemID(sale: scene.next.id, number: 1)
            try scene.expect(
                try await scene.ledger.release(code, item: foreign, by: nil, in: nil, deadline: .patient),
                .itemNotFound,
                "another sale's item")
            try scene.expect(try await scene.release(scene.freshCode()), .notFound, "another code")
            try await scene.expectCount(free: 2, held: 2, sold: 0, "after all")
        },
        LedgerRule("A cancel gives up an item whose hold has ended, and all of them without an item") { scene in
            let code = try await scene.hold(1, "ann").cart.code
            try await scene.pass(LedgerScene.hold / 2)
            try await scene.hold(2, "ann")
            try await scene.pass(LedgerScene.hold / 2 + .seconds(1))
            // Whoever wants a unit whose hold is due ends that hold.
            _ = try await scene.cancel(try await scene.hold(1, "cat").cart.code)
            try scene.expect(try await scene.release(code, 1), .itemNotFound, "the item whose hold has ended")
            try scene.expect(try await scene.buy(code).order.lines.map(\.item.number), [2], "the order")
            let other = try await scene.hold(1, "bob").cart.code
            try await scene.pass(LedgerScene.hold / 2)
            try await scene.hold(3, "bob")
            try await scene.pass(LedgerScene.hold / 2 + .seconds(1))
            _ = try await scene.cancel(try await scene.hold(1, "cat").cart.code)
            try scene.expect(try await scene.cancel(other), [3, 0], "what was still held")
            try scene.expect(try await scene.order(other), .expired, "the cart that was cancelled")
        },
        LedgerRule("A cancel does not undo a purchase") { scene in
            let code = try await scene.hold(1, "ann").cart.code
            let order = try await scene.buy(code).order
            try scene.expect(try await scene.release(code), .alreadyProcessed(order), "the bought cart")
            try await scene.expectCount(free: 3, held: 0, sold: 1, "after all")
        },
        LedgerRule("To a proven buyer another's cart does not exist, and neither does its order") { scene in
            let code = try await scene.hold(1, "ann").cart.code
            try scene.expect(try await scene.release(code, by: "bob"), .notFound, "another's cart")
            try scene.expect(try await scene.order(code, by: "bob"), .notFound, "another's cart, to buy")
            try await scene.expectCount(free: 3, held: 1, sold: 0, "before the owner comes")
            guard case .ordered(let order, _) = try await scene.order(code, key: "k", by: "ann") else {
                throw ConformanceFailure(description: "the owner cannot buy")
            }
            try scene.expect(try await scene.order(code, key: "k", by: "bob"), .notFound, "another's order")
            try scene.expect(try await scene.release(code, by: "bob"), .notFound, "another's order, to give back")
            try scene.expect(
                try await scene.order(code, key: "k", by: "ann"), .alreadyProcessed(order, isReplay: true), "its own")
            try scene.expect(
                try await scene.release(code, by: "ann"), .alreadyProcessed(order), "its own, to give back")
        },
        // Most of them share batches that are large enough to be decided by one statement.
        LedgerRule("Purchases of one batch are each their proven buyer's", stock: 12) { scene in
            var codes: [CheckoutCode] = []
            for buyer in 1...12 { codes.append(try await scene.hold(1, "buyer-\(buyer)").cart.code) }
            let carts = codes
            let outcomes = try await Self.atOnce(1...12) { place in
                try await scene.order(carts[place - 1], by: place % 2 == 0 ? "buyer-\(place)" : "thief")
            }
            try scene.expect(outcomes.count { if case .ordered = $0 { true } else { false } }, 6, "the owners'")
            try scene.expect(outcomes.count { $0 == .notFound }, 6, "the thief's")
        },
        LedgerRule("A cart that is cancelled 20 times at once is cancelled once") { scene in
            let code = try await scene.hold(1, "ann").cart.code
            let outcomes = try await Self.atOnce(1...20) { _ in try await scene.release(code) }
            try scene.expect(outcomes.count { if case .released = $0 { true } else { false } }, 1, "released")
            try scene.expect(outcomes.count { $0 == .expired }, 19, "closed already")
            try scene.expect(try await scene.confirm(1, "ann").taken, 0, "what the buyer holds")
        },
    ]

    static let reading = [
        LedgerRule("A confirmation tells the state of the item", stock: 2, limit: 3) { scene in
            try await scene.expectStock(.free, "at first")
            let bob = try await scene.hold(1, "bob").cart
            try await scene.expectStock(.free, "one of two held")
            try await scene.sell(1, to: "ann")
            try await scene.expectStock(.held(retryAt: bob.expiresAt + Limits.holdGrace), "the rest held")
            try await scene.buy(bob.code)
            try await scene.expectStock(.itemSold, "both sold")
        },
        LedgerRule("All items are sold when the last unit of the last one is", limit: 4) { scene in
            for item in 1...3 as ClosedRange<Int32> { try await scene.sell(item, to: "ann") }
            let code = try await scene.hold(4, "ann").cart.code
            try scene.expect(try await scene.confirm(1, "bob").stock, .itemSold, "one is still held")
            try await scene.buy(code)
            try scene.expect(try await scene.confirm(1, "bob").stock, .allItemsSold, "all are sold")
        },
        LedgerRule("A due hold counts as free before it is ended", limit: 2) { scene in
            let code = try await scene.hold(1, "ann").cart.code
            let before = try await scene.confirm(1, "ann")
            try scene.expect([before.taken, before.limit], [1, 2], "the units taken, and the limit")
            try scene.expect(before.holding, code, "the cart that holds it")
            try await scene.pass(LedgerScene.holdIsOver)
            let after = try await scene.confirm(1, "ann")
            try scene.expect(after.stock, .free, "the item")
            try scene.expect(after.taken, 0, "the units taken")
            try scene.expect(after.holding, nil, "the cart")
        },
        LedgerRule("Sales do not interfere", limit: 1) { scene in
            let code = try await scene.hold(1, "ann", key: "k").cart.code
            try await scene.buy(code)
            try await scene.pass(LedgerScene.length)
            let next = try await scene.hold(1, "ann", key: "k", of: scene.next).cart.code
            try scene.expect(next.sale, scene.next.id, "the sale in the code")
            let moved = CheckoutCode(sale: scene.next.id, high: code.high, low: code.low)
            try scene.expect(try await scene.order(moved), .notFound, "a code in the other sale")
            try await scene.expectCount(free: 3, held: 0, sold: 1, "the first sale")
            try scene.expect(
                try await scene.bench.catalog.count(scene.next), StockCount(free: 3, held: 1, sold: 0), "the next")
        },
    ]
}
