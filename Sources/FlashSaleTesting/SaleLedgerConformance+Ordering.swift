// The rules of order: what is sold, to whom, and what a repeated or a late purchase gets.

internal import FlashSale

extension SaleLedgerConformance {
    static let ordering = [
        SaleLedgerConformance("A purchase sells what the cart holds") { scene in
            let code = try await scene.hold(3, "ann").cart.code
            try await scene.hold(1, "ann")
            let (order, sold) = try await scene.buy(code)
            try scene.expect(order.lines.map(\.item.number), [3, 1], "the items, as they were taken")
            try scene.expect(order.lines.map(\.isSold), [true, true], "what is sold")
            try scene.expect(order.buyer, scene.buyer("ann"), "the buyer")
            let designs = [3, 1].map { ItemDesign(scene.item($0)) }
            try scene.expect(order.lines.map(\.name), designs.map(\.name), "the names")
            try scene.expect(order.total.minorUnits, designs.reduce(0) { $0 + $1.price.minorUnits }, "the total")
            try scene.expect(sold.map(\.hold.unit.item).sorted(), [1, 3], "the units")
            try scene.expect(try await scene.ledger.find(code, deadline: .patient), order, "the order, looked up")
            try await scene.expectCount(free: 2, held: 0, sold: 2, "after the purchase")
        },
        SaleLedgerConformance("A code is ordered once; its own key gets the order as the answer again") { scene in
            let code = try await scene.hold(1, "ann").cart.code
            let order = try await scene.buy(code, key: "k").order
            try scene.expect(try await scene.order(code, key: "k"), .alreadyProcessed(order, isReplay: true), "its key")
            try scene.expect(try await scene.order(code), .alreadyProcessed(order, isReplay: false), "no key")
            try scene.expect(
                try await scene.order(code, key: "l"), .alreadyProcessed(order, isReplay: false), "another key")
            try await scene.expectCount(free: 3, held: 0, sold: 1, "after all")
        },
        SaleLedgerConformance("A purchase without a key is nobody's replay") { scene in
            let code = try await scene.hold(1, "ann").cart.code
            let order = try await scene.buy(code).order
            try scene.expect(try await scene.order(code), .alreadyProcessed(order, isReplay: false), "sent again")
        },
        SaleLedgerConformance("A code that was never a cart's is not found") { scene in
            try scene.expect(try await scene.order(scene.freshCode()), .notFound, "its purchase")
            try scene.expect(try await scene.ledger.find(scene.freshCode(), deadline: .patient), nil, "its order")
        },
        SaleLedgerConformance("A purchase sent 50 times at once makes one order") { scene in
            let code = try await scene.hold(1, "ann").cart.code
            let answers = try await Self.atOnce(1...50) { _ in try await scene.order(code) }
            let ids = answers.compactMap { answer -> OrderID? in
                switch answer {
                case .ordered(let order, _), .alreadyProcessed(let order, isReplay: false): order.id
                default: nil
                }
            }
            try scene.expect([ids.count, Set(ids).count], [50, 1], "answers that name an order, and orders")
            try scene.expect(answers.count { if case .ordered = $0 { true } else { false } }, 1, "who made it")
        },
        SaleLedgerConformance("What was cancelled is not bought") { scene in
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
        SaleLedgerConformance("A late purchase gets a free unit of its items") { scene in
            let code = try await scene.hold(1, "ann").cart.code
            try await scene.hold(2, "ann")
            try await scene.pass(LedgerScene.holdIsOver)
            let (order, sold) = try await scene.buy(code)
            try scene.expect(order.lines.map(\.isSold), [true, true], "what is sold")
            try scene.expect(sold.count, 2, "the units")
            try scene.expect(try await scene.confirm(1, "ann").taken, 2, "what counts against the limit")
        },
        SaleLedgerConformance("What went to others is not sold, what is left is", stock: 2) { scene in
            let code = try await scene.hold(1, "ann").cart.code
            try await scene.hold(2, "ann")
            try await scene.pass(LedgerScene.holdIsOver)
            for buyer in ["bob", "cat"] { try await scene.hold(1, buyer) }
            try await scene.hold(2, "bob")
            let (order, sold) = try await scene.buy(code)
            try scene.expect(order.lines.map(\.isSold), [false, true], "what is sold")
            try scene.expect(sold.map(\.hold.unit.item), [2], "the unit")
            try scene.expect(order.total, ItemDesign(scene.item(2)).price, "the total is of what was sold")
        },
        SaleLedgerConformance("A cart that is live in part sells both what it holds and what is free") { scene in
            let code = try await scene.hold(1, "ann").cart.code
            try await scene.hold(2, "ann")
            try await scene.pass(LedgerScene.hold / 2)
            try scene.expect(try await scene.hold(3, "ann").cart.code, code, "the cart is open still")
            try await scene.pass(LedgerScene.hold / 2 + .seconds(1))
            try await scene.hold(2, "bob")
            try scene.expect(try await scene.buy(code).order.lines.map(\.isSold), [true, false, true], "what is sold")
        },
        SaleLedgerConformance("An item that expired and was taken again is one line, and sold once") { scene in
            let code = try await scene.hold(1, "ann").cart.code
            try await scene.pass(LedgerScene.hold / 2)
            try await scene.hold(2, "ann")
            try await scene.pass(LedgerScene.hold / 2 + .seconds(1))
            try scene.expect(try await scene.hold(1, "ann").cart.code, code, "the same cart")
            let (order, sold) = try await scene.buy(code)
            try scene.expect(order.lines.map(\.item.number), [1, 2], "the lines")
            try scene.expect(sold.count, 2, "the units")
        },
        SaleLedgerConformance("A late purchase stays within the limit, what he holds elsewhere counted", limit: 2) {
            scene in
            let code = try await scene.hold(1, "ann").cart.code
            try await scene.hold(2, "ann")
            try await scene.pass(LedgerScene.holdIsOver)
            try await scene.hold(3, "ann")
            try scene.expect(try await scene.buy(code).order.lines.map(\.isSold), [true, false], "what is sold")
            try scene.expect(try await scene.record(4, "ann"), .userLimitExceeded, "one more")
        },
        SaleLedgerConformance("A cart of which nothing is left is expired, and is no order") { scene in
            let code = try await scene.hold(1, "ann").cart.code
            try await scene.pass(LedgerScene.holdIsOver)
            let bob = try await scene.hold(1, "bob").cart.code
            try scene.expect(try await scene.order(code, key: "k"), .expired, "its purchase")
            try scene.expect(try await scene.ledger.find(code, deadline: .patient), nil, "its order")
            _ = try await scene.cancel(bob)
            try await scene.buy(code, key: "k")
        },
        SaleLedgerConformance("Nothing is sold late when the sale is over") { scene in
            let code = try await scene.hold(1, "ann").cart.code
            try await scene.pass(LedgerScene.length)
            try scene.expect(try await scene.order(code), .expired, "its purchase")
            try await scene.expectCount(free: 4, held: 0, sold: 0, "after the sale")
        },
    ]
}
