// The rules of record: units, codes, limits and keys.

internal import FlashSale
internal import Telemetry

extension SaleLedgerConformance {
    static let recording = [
        LedgerRule("A buyer's holds share the code of one open cart") { scene in
            let first = try await scene.hold(1, "ann").cart
            let second = try await scene.hold(2, "ann").cart
            try scene.expect(second.code, first.code, "the code")
            try scene.expect([first.itemsCount, second.itemsCount], [1, 2], "the items counted")
            try scene.expect(try await scene.hold(3, "bob").cart.code == first.code, false, "another buyer's code")
            try await scene.expectCount(free: 1, held: 3, sold: 0, "after three holds")
        },
        LedgerRule(
            "A buyer cannot hold an item twice, and hears of that before the limit", stock: 3, limit: 1
        ) {
            scene in
            let code = try await scene.hold(2, "ann").cart.code
            try scene.expect(try await scene.record(2, "ann"), .alreadyCheckedOut(code), "the same item")
            try scene.expect(try await scene.record(3, "ann"), .userLimitExceeded, "another item")
        },
        LedgerRule("Held and bought together stay within the limit", limit: 2) { scene in
            try await scene.sell(1, to: "ann")
            let code = try await scene.hold(2, "ann").cart.code
            try scene.expect(try await scene.record(3, "ann"), .userLimitExceeded, "one bought, one held")
            _ = try await scene.cancel(code)
            try await scene.hold(3, "ann")
        },
        LedgerRule("The ledger prefers the gate's unit, and else takes any free one", stock: 3) { scene in
            try scene.expect(try await scene.hold(1, "ann", unit: 2).unit, 2, "the chosen unit")
            let other = try await scene.hold(1, "bob", unit: 2).unit
            try scene.expect([1, 3].contains(other), true, "a free one in place of a taken one")
            let last = try await scene.hold(1, "cat").unit
            try scene.expect(Set([2, other, last]), [1, 2, 3], "the three units")
        },
        LedgerRule("An item has no free unit if all are held or sold", stock: 2) { scene in
            try await scene.sell(1, to: "ann")
            try await scene.hold(1, "bob")
            try scene.expect(try await scene.record(1, "cat", unit: 1), .noneFree, "one sold, one held")
            try scene.expect(try await scene.record(5, "cat"), .noneFree, "an item past the last")
            try await scene.hold(2, "cat")
        },
        LedgerRule("A checkout first ends the due holds of the item and of the buyer", limit: 1) {
            scene in
            let old = try await scene.hold(1, "ann").cart.code
            try await scene.hold(2, "bob")
            try await scene.pass(LedgerScene.holdIsOver)
            let new = try await scene.hold(2, "ann").cart
            try scene.expect(new.code == old, false, "a cart whose last hold ended is closed")
            try scene.expect(new.itemsCount, 1, "what is in the new cart")
            try await scene.expectCount(free: 3, held: 1, sold: 0, "without a sweep")
        },
        LedgerRule("A purchased or emptied cart is closed, and the next one has a new code") {
            scene in
            let first = try await scene.hold(1, "ann").cart.code
            try await scene.buy(first)
            let second = try await scene.hold(2, "ann").cart.code
            _ = try await scene.cancel(second)
            let third = try await scene.hold(3, "ann").cart
            try scene.expect(Set([first, second, third.code]).count, 3, "the codes")
            try scene.expect(third.itemsCount, 1, "what is in the last cart")
        },
        LedgerRule("A sale sells nothing before its start and after its end") { scene in
            try scene.expect(try await scene.record(1, "ann", of: scene.next), .saleNotActive, "the next sale")
            try await scene.pass(LedgerScene.length)
            try scene.expect(try await scene.record(1, "ann"), .saleNotActive, "the sale that is over")
            try await scene.hold(1, "ann", of: scene.next)
        },
        LedgerRule("No hold outlives its sale") { scene in
            try await scene.pass(LedgerScene.length - .seconds(90))
            let cart = try await scene.hold(1, "ann").cart
            let hold = cart.expiresAt - (try await scene.bench.catalog.agenda().readAt)
            try scene.expect(hold < LedgerScene.hold, true, "the hold ends with the sale")
            try await scene.pass(LedgerScene.hold)
            try scene.expect(try await scene.order(cart.code), .expired, "bought after the sale")
        },
        LedgerRule("64 buyers at once get as many holds as the item has units", stock: 3) { scene in
            let outcomes = try await Self.atOnce(1...64) { try await scene.record(2, "buyer-\($0)", unit: 1) }
            let units = outcomes.compactMap { if case .held(_, let unit, _) = $0 { unit } else { nil } }
            try scene.expect(units.sorted(), [1, 2, 3], "the units given")
            try scene.expect(outcomes.count { $0 == .noneFree }, 61, "the refusals")
        },
        LedgerRule("A buyer that asks for everything at once gets the limit, under one code", limit: 2) {
            scene in
            let outcomes = try await Self.atOnce(0...39) { try await scene.record(Int32($0 % 4) + 1, "greedy") }
            let codes = outcomes.compactMap { if case .held(let cart, _, _) = $0 { cart.code } else { nil } }
            try scene.expect(codes.count, 2, "holds")
            try scene.expect(Set(codes).count, 1, "codes")
            try scene.expect(try await scene.confirm(1, "greedy").taken, 2, "what counts against the limit")
        },
        LedgerRule("What refuses one request of a batch does not refuse another", stock: 2, limit: 1) {
            scene in
            try await scene.hold(1, "ann")
            let outcomes = try await Self.atOnce(0...3) { place in
                switch place {
                case 0: try await scene.record(1, "ann")
                case 1: try await scene.record(2, "ann")
                case 2: try await scene.record(1, "bob", unit: 1)
                default: try await scene.record(5, "cat")
                }
            }
            try scene.expect(outcomes.count { if case .held = $0 { true } else { false } }, 1, "bob's hold")
            try scene.expect(
                outcomes.count { if case .alreadyCheckedOut = $0 { true } else { false } }, 1, "ann's item")
            try scene.expect(outcomes.count { $0 == .userLimitExceeded }, 1, "ann's limit")
            try scene.expect(outcomes.count { $0 == .noneFree }, 1, "no such item")
        },
        LedgerRule("A checkout with a used code fails alone", stock: 2) { scene in
            let used = try await scene.hold(1, "ann").cart.code
            try await scene.buy(used)
            let isHeld = try await Self.atOnce(0...3) { place in
                guard place == 0 else { return try await scene.hold(Int32(place) + 1, "bob").cart.itemsCount > 0 }
                let request = CheckoutRequest(
                    item: scene.item(2), buyer: scene.buyer("ann"), reservation: nil, candidate: used, key: nil)
                return (try? await scene.ledger.record(request, deadline: .patient)) != nil
            }
            try scene.expect(isHeld.count { $0 }, 3, "requests that hold a unit")
            try await scene.expectCount(free: 4, held: 3, sold: 1, "after all")
        },
    ]

    static let recordingUnderKeys = [
        LedgerRule("A key gets its hold again, whatever has become of it") { scene in
            let (cart, unit) = try await scene.hold(1, "ann", key: "k")
            let replay = RecordOutcome.held(cart, unit: unit, isReplay: true)
            try await scene.hold(2, "ann")
            try scene.expect(try await scene.record(1, "ann", key: "k"), replay, "while it is held")
            try await scene.buy(cart.code)
            try scene.expect(try await scene.record(1, "ann", key: "k"), replay, "when it is bought")
            try await scene.expectCount(free: 2, held: 0, sold: 2, "after all")
        },
        LedgerRule("A key gets its hold again when the sale is over") { scene in
            let cart = try await scene.hold(1, "ann", key: "k").cart
            try await scene.pass(LedgerScene.length)
            guard case .held(let replayed, 1, isReplay: true) = try await scene.record(1, "ann", key: "k") else {
                throw ConformanceFailure(description: "the hold should be returned again")
            }
            try scene.expect(replayed.code, cart.code, "the code")
        },
        LedgerRule("A key belongs to one item and one buyer") { scene in
            try await scene.hold(1, "ann", key: "k")
            try scene.expect(try await scene.record(2, "ann", key: "k"), .idempotencyKeyReused, "another item")
            try await scene.hold(2, "bob", key: "k")
            try await scene.expectCount(free: 2, held: 2, sold: 0, "after three requests")
        },
        LedgerRule("The agenda names the latest sale of all") { scene in
            try scene.expect(try await scene.bench.catalog.agenda().latest, scene.next.id, "the latest")
        },
        LedgerRule("The keys that have outcomes are known, up to a limit") { scene in
            try await scene.hold(1, "ann", key: "k")
            _ = try await scene.record(1, "bob", key: "k")
            let ledger = scene.ledger
            let keys = try await ledger.usedKeys(of: scene.sale.id, atMost: 1)
            guard let keys, let key = IdempotencyKey("k") else {
                throw ConformanceFailure(description: "there are no keys")
            }
            try scene.expect(keys.mayContain(key, of: scene.buyer("ann")), true, "a success")
            try scene.expect(keys.mayContain(key, of: scene.buyer("bob")), false, "a refusal")
            let none = try await ledger.usedKeys(of: scene.sale.id, atMost: 0)
            try scene.expect(none == nil, true, "beyond the limit")
        },
        LedgerRule("A refusal is not stored under its key") { scene in
            let code = try await scene.hold(1, "ann").cart.code
            try scene.expect(try await scene.record(1, "bob", key: "k"), .noneFree, "while it is held")
            _ = try await scene.cancel(code)
            try await scene.hold(1, "bob", key: "k")
        },
    ]

    /// What calls made all at once return, in no order.
    static func atOnce<Value: Sendable>(
        _ places: ClosedRange<Int>, _ call: @escaping @Sendable (Int) async throws -> Value
    ) async throws -> [Value] {
        try await withThrowingTaskGroup(of: Value.self) { group in
            for place in places { group.addTask { try await call(place) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }
}
