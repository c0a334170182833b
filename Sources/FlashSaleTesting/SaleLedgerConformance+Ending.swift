// The rules of release, and of the reads that change nothing.

internal import FlashSale

extension SaleLedgerConformance {
    static let releasing = [
        SaleLedgerConformance("One item is given back, or all of the cart, which closes it") { scene in
            let code = try await scene.hold(2, "ann").cart.code
            try await scene.hold(1, "ann")
            try await scene.hold(3, "ann")
            try scene.expect(try await scene.cancel(code, 2), [2, 2], "one item, and what is left")
            try await scene.hold(2, "bob")
            try scene.expect(try await scene.cancel(code), [1, 3, 0], "the rest")
            try scene.expect(try await scene.release(code), .expired, "the closed cart")
            try await scene.expectCount(free: 3, held: 1, sold: 0, "after all")
        },
        SaleLedgerConformance("What the cart does not hold cannot be given back") { scene in
            let code = try await scene.hold(1, "ann").cart.code
            try await scene.hold(2, "bob")
            try scene.expect(try await scene.release(code, 2), .itemNotFound, "another buyer's item")
            let foreign = ItemID(sale: scene.next.id, number: 1)
            try scene.expect(
                try await scene.ledger.release(code, item: foreign, deadline: .patient), .itemNotFound,
                "another sale's item")
            try scene.expect(try await scene.release(scene.freshCode()), .notFound, "another code")
            try await scene.expectCount(free: 2, held: 2, sold: 0, "after all")
        },
        SaleLedgerConformance("What was bought stays bought") { scene in
            let code = try await scene.hold(1, "ann").cart.code
            let order = try await scene.buy(code).order
            try scene.expect(try await scene.release(code), .alreadyProcessed(order), "the bought cart")
            try await scene.expectCount(free: 3, held: 0, sold: 1, "after all")
        },
        SaleLedgerConformance("A cart that is given back 20 times at once is given back once") { scene in
            let code = try await scene.hold(1, "ann").cart.code
            let answers = try await Self.atOnce(1...20) { _ in try await scene.release(code) }
            try scene.expect(answers.count { if case .released = $0 { true } else { false } }, 1, "released")
            try scene.expect(answers.count { $0 == .expired }, 19, "closed already")
            try scene.expect(try await scene.confirm(1, "ann").taken, 0, "what he holds")
        },
    ]

    static let reading = [
        SaleLedgerConformance("A no is confirmed by what is so", stock: 2, limit: 3) { scene in
            try await scene.expectStock(.free, "at first")
            let bob = try await scene.hold(1, "bob").cart
            try await scene.expectStock(.free, "one of two held")
            try await scene.sell(1, to: "ann")
            try await scene.expectStock(.held(retryAt: bob.expiresAt + Limits.holdGrace), "the rest held")
            try await scene.buy(bob.code)
            try await scene.expectStock(.itemSold, "both sold")
        },
        SaleLedgerConformance("All is sold when the last unit of the last item is", limit: 4) { scene in
            for item in 1...3 as ClosedRange<Int32> { try await scene.sell(item, to: "ann") }
            let code = try await scene.hold(4, "ann").cart.code
            try scene.expect(try await scene.confirm(1, "bob").stock, .itemSold, "one is held still")
            try await scene.buy(code)
            try scene.expect(try await scene.confirm(1, "bob").stock, .allItemsSold, "all are sold")
        },
        SaleLedgerConformance("What is past its time counts as free, though nobody has ended it", limit: 2) { scene in
            let code = try await scene.hold(1, "ann").cart.code
            let before = try await scene.confirm(1, "ann")
            try scene.expect([before.taken, before.limit], [1, 2], "what he has, and may")
            try scene.expect(before.holding, code, "the cart that holds it")
            try await scene.pass(LedgerScene.holdIsOver)
            let after = try await scene.confirm(1, "ann")
            try scene.expect(after.stock, .free, "the item")
            try scene.expect(after.taken, 0, "what he has")
            try scene.expect(after.holding, nil, "the cart")
        },
        SaleLedgerConformance("Sales are kept apart", limit: 1) { scene in
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
