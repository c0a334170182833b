// The rules of order: what a purchase sells, and what a repeated or a late one gets.

internal import FlashSale

extension SaleLedgerConformance {
    static let ordering = [
        LedgerRule("A purchase sells what the cart holds") { scene in
            let code = try await scene.hold(3, "ann").cart.code
            try await scene.hold(1, "ann")
            let (order, sold) = try await scene.buy(code)
            try scene.expect(order.lines.map(\.item.number), [3, 1], "the items, in the order of the holds")
            try scene.expect(order.lines.map(\.isSold), [true, true], "what is sold")
            try scene.expect(order.buyer, scene.buyer("ann"), "the buyer")
            let designs = [3, 1].map { ItemDesign(scene.item($0)) }
            try scene.expect(order.lines.map(\.name), designs.map(\.name), "the names")
            try scene.expect(order.lines.map(\.price), designs.map(\.price), "the prices")
            try scene.expect(sold.map(\.hold.unit.item).sorted(), [1, 3], "the units")
            try scene.expect(try await scene.ledger.find(code, deadline: .patient), order, "the order, looked up")
            try await scene.expectCount(free: 2, held: 0, sold: 2, "after the purchase")
        },
        LedgerRule("A code has one order; the key that made it gets it again") { scene in
            let code = try await scene.hold(1, "ann").cart.code
            let order = try await scene.buy(code, key: "k").order
            try scene.expect(try await scene.order(code, key: "k"), .alreadyProcessed(order, isReplay: true), "its key")
            try scene.expect(try await scene.order(code), .alreadyProcessed(order, isReplay: false), "no key")
            try scene.expect(
                try await scene.order(code, key: "l"), .alreadyProcessed(order, isReplay: false), "another key")
            try await scene.expectCount(free: 3, held: 0, sold: 1, "after all")
        },
        LedgerRule("A purchase without a key is never a replay") { scene in
            let code = try await scene.hold(1, "ann").cart.code
            let order = try await scene.buy(code).order
            try scene.expect(try await scene.order(code), .alreadyProcessed(order, isReplay: false), "sent again")
        },
        LedgerRule("A code without a cart is not found") { scene in
            try scene.expect(try await scene.order(scene.freshCode()), .notFound, "its purchase")
            try scene.expect(try await scene.ledger.find(scene.freshCode(), deadline: .patient), nil, "its order")
        },
        LedgerRule("A purchase sent 50 times at once makes one order") { scene in
            let code = try await scene.hold(1, "ann").cart.code
            let outcomes = try await Self.atOnce(1...50) { _ in try await scene.order(code) }
            let ids = outcomes.compactMap { outcome -> OrderID? in
                switch outcome {
                case .ordered(let order, _), .alreadyProcessed(let order, isReplay: false): order.id
                default: nil
                }
            }
            try scene.expect([ids.count, Set(ids).count], [50, 1], "outcomes with an order, and orders")
            try scene.expect(
                outcomes.count { if case .ordered = $0 { true } else { false } }, 1, "purchases that made it")
        },
        LedgerRule("A purchase does not sell cancelled holds") { scene in
            let code = try await scene.hold(1, "ann").cart.code
            try await scene.hold(2, "ann")
            _ = try await scene.cancel(code, 1)
            try scene.expect(try await scene.buy(code).order.lines.map(\.item.number), [2], "the order")
            let emptied = try await scene.hold(3, "ann").cart.code
            _ = try await scene.cancel(emptied)
            try scene.expect(try await scene.order(emptied), .expired, "an emptied cart")
        },
    ]

    static let orderingLate = [
        LedgerRule("A late purchase gets a free unit of each item") { scene in
            let code = try await scene.hold(1, "ann").cart.code
            try await scene.hold(2, "ann")
            try await scene.pass(LedgerScene.holdIsOver)
            let (order, sold) = try await scene.buy(code)
            try scene.expect(order.lines.map(\.isSold), [true, true], "what is sold")
            try scene.expect(sold.count, 2, "the units")
            try scene.expect(try await scene.confirm(1, "ann").taken, 2, "what counts against the limit")
        },
        LedgerRule(
            "A late purchase gets the items that are left, and not those that went to others", stock: 2
        ) { scene in
            let code = try await scene.hold(1, "ann").cart.code
            try await scene.hold(2, "ann")
            try await scene.pass(LedgerScene.holdIsOver)
            for buyer in ["bob", "cat"] { try await scene.hold(1, buyer) }
            try await scene.hold(2, "bob")
            let (order, sold) = try await scene.buy(code)
            try scene.expect(order.lines.map(\.isSold), [false, true], "what is sold")
            try scene.expect(sold.map(\.hold.unit.item), [2], "the unit")
            try scene.expect(order.lines.map(\.price), [nil, ItemDesign(scene.item(2)).price], "the prices")
            try scene.expect(try await scene.ledger.find(code, deadline: .patient), order, "the order, looked up")
        },
        LedgerRule("A cart with live and expired holds sells what it holds and what is free") { scene in
            let code = try await scene.hold(1, "ann").cart.code
            try await scene.hold(2, "ann")
            try await scene.pass(LedgerScene.hold / 2)
            try scene.expect(try await scene.hold(3, "ann").cart.code, code, "the cart is still open")
            try await scene.pass(LedgerScene.hold / 2 + .seconds(1))
            try await scene.hold(2, "bob")
            try scene.expect(try await scene.buy(code).order.lines.map(\.isSold), [true, false, true], "what is sold")
        },
        LedgerRule("An item that expired and was held again is one line, and sold once") { scene in
            let code = try await scene.hold(1, "ann").cart.code
            try await scene.pass(LedgerScene.hold / 2)
            try await scene.hold(2, "ann")
            try await scene.pass(LedgerScene.hold / 2 + .seconds(1))
            try scene.expect(try await scene.hold(1, "ann").cart.code, code, "the same cart")
            let (order, sold) = try await scene.buy(code)
            try scene.expect(order.lines.map(\.item.number), [1, 2], "the lines")
            try scene.expect(sold.count, 2, "the units")
        },
        LedgerRule("A late purchase stays within the limit, holds of another cart included", limit: 2) {
            scene in
            let code = try await scene.hold(1, "ann").cart.code
            try await scene.hold(2, "ann")
            try await scene.pass(LedgerScene.holdIsOver)
            try await scene.hold(3, "ann")
            try scene.expect(try await scene.buy(code).order.lines.map(\.isSold), [true, false], "what is sold")
            try scene.expect(try await scene.record(4, "ann"), .userLimitExceeded, "one more")
        },
        LedgerRule("A cart with nothing left is expired, and becomes no order") { scene in
            let code = try await scene.hold(1, "ann").cart.code
            try await scene.pass(LedgerScene.holdIsOver)
            let bob = try await scene.hold(1, "bob").cart.code
            try scene.expect(try await scene.order(code, key: "k"), .expired, "its purchase")
            try scene.expect(try await scene.ledger.find(code, deadline: .patient), nil, "its order")
            _ = try await scene.cancel(bob)
            try await scene.buy(code, key: "k")
        },
        LedgerRule("After the sale nothing is sold late") { scene in
            let code = try await scene.hold(1, "ann").cart.code
            try await scene.pass(LedgerScene.length)
            try scene.expect(try await scene.order(code), .expired, "its purchase")
            try await scene.expectCount(free: 4, held: 0, sold: 0, "after the sale")
        },
    ]
}
