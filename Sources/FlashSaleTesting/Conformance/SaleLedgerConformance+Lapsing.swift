// The rules of lapses: how often a buyer may keep units from others without paying for them.

internal import FlashSale

extension SaleLedgerConformance {
    static let lapsing = [
        LedgerRule("A buyer whose holds expire as often as the sale allows holds nothing more", lapses: 2) { scene in
            for _ in 1...2 {
                try await scene.hold(1, "ann")
                try await scene.pass(LedgerScene.holdIsOver)
            }
            try scene.expect(try await scene.record(1, "ann"), .holdLimitExceeded, "a third hold")
            try await scene.hold(1, "bob")
        },
        LedgerRule("Without a bound holds may end as often as they will", limit: 1) { scene in
            for _ in 1...12 {
                let code = try await scene.hold(1, "ann").cart.code
                try await scene.pass(.seconds(10))
                _ = try await scene.cancel(code)
            }
            try await scene.hold(1, "ann")
        },
        LedgerRule("A hold that is given back after ten seconds is a lapse, and sooner is none", lapses: 2) { scene in
            for _ in 1...3 { _ = try await scene.cancel(try await scene.hold(1, "ann").cart.code) }
            for _ in 1...2 {
                let code = try await scene.hold(1, "ann").cart.code
                try await scene.pass(.seconds(10))
                _ = try await scene.cancel(code)
            }
            try scene.expect(try await scene.record(1, "ann"), .holdLimitExceeded, "a third hold after two lapses")
        },
        LedgerRule("Ten times as many holds may be given back at once, and no more", lapses: 1) { scene in
            for _ in 1...10 { _ = try await scene.cancel(try await scene.hold(1, "ann").cart.code) }
            try scene.expect(try await scene.record(1, "ann"), .holdLimitExceeded, "an eleventh hold")
        },
        LedgerRule("What is held counts as a lapse until it is bought", lapses: 2) { scene in
            try await scene.hold(1, "ann")
            try await scene.pass(LedgerScene.holdIsOver)
            let code = try await scene.hold(1, "ann").cart.code
            try scene.expect(try await scene.record(2, "ann"), .holdLimitExceeded, "one lapsed, one held")
            try await scene.buy(code)
            try await scene.hold(2, "ann")
        },
        LedgerRule("A late purchase takes its lapse back", lapses: 1) { scene in
            let code = try await scene.hold(1, "ann").cart.code
            try await scene.pass(LedgerScene.holdIsOver)
            try scene.expect(try await scene.record(2, "ann"), .holdLimitExceeded, "before the purchase")
            try await scene.buy(code)
            try await scene.hold(2, "ann")
        },
        LedgerRule("A late purchase whose hold ended with its sale takes no other lapse back", lapses: 1) { scene in
            let code = try await scene.hold(1, "ann").cart.code
            _ = try await scene.change(.end)
            try await scene.pass(LedgerScene.holdIsOver)
            try scene.expect(try await scene.expired(), ["ann"], "the hold that ended with its sale")
            let later = try await scene.bench.catalog.agenda().readAt + .seconds(600)
            _ = try await scene.change(.setEnd(later))
            try await scene.buy(code)
            try await scene.hold(2, "ann")
            try scene.expect(try await scene.record(3, "ann"), .holdLimitExceeded, "a second hold")
        },
        LedgerRule("A limit that is raised raises a bound of lapses that is below it", limit: 1, lapses: 1) { scene in
            _ = try await scene.change(.limit(3))
            for item: Int32 in 1...3 { try await scene.hold(item, "ann") }
            try scene.expect(try await scene.record(4, "ann"), .userLimitExceeded, "a fourth unit")
            try await scene.pass(LedgerScene.holdIsOver)
            try scene.expect(try await scene.record(4, "ann"), .holdLimitExceeded, "after three lapses")
        },
        LedgerRule("The bound of one buyer refuses no other of the same batch", lapses: 1) { scene in
            try await scene.hold(1, "ann")
            try await scene.pass(LedgerScene.holdIsOver)
            let buyers = ["ann", "bob", "cat", "dan"]
            let outcomes = try await atOnce(0...3) { try await scene.record(Int32($0) + 1, buyers[$0], unit: 1) }
            try scene.expect(outcomes.count { $0 == .holdLimitExceeded }, 1, "refusals")
            try await scene.expectCount(free: 1, held: 3, sold: 0, "after the batch")
        },
    ]
}
