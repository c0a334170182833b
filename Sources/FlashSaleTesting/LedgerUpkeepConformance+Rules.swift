// The rules of expiry, of a hold's age, of snapshots and of epochs.

internal import FlashSale

extension LedgerUpkeepConformance {
    static let expiring = [
        LedgerUpkeepConformance("Expiry ends what is past its time, the oldest first, and nothing else", limit: 1) {
            scene in
            let fence = try await scene.bench.nextFence(.sweeper)
            func expire(_ limit: Int) async throws -> [Int32] {
                let answer = try await scene.upkeep.expire(scene.sale.id, atMost: limit, fence: fence)
                return answer.ended.map(\.hold.unit.item)
            }
            try await scene.hold(2, "ann")
            try await scene.hold(1, "bob")
            try scene.expect(try await expire(10), [], "at once")
            try await scene.pass(LedgerScene.holdIsOver)
            try await scene.hold(3, "cat")
            try scene.expect(try await expire(10), [], "a checkout has ended them already")
            try await scene.pass(LedgerScene.hold / 2)
            try await scene.hold(4, "dan")
            try await scene.pass(LedgerScene.hold / 2 + .seconds(1))
            try scene.expect(try await expire(10), [3], "what is past its time")
            try await scene.hold(3, "cat")
        },
        LedgerUpkeepConformance("Expiry ends no more at once than it is told to") { scene in
            let fence = try await scene.bench.nextFence(.sweeper)
            for item in [3, 1, 2] as [Int32] { try await scene.hold(item, "buyer-\(item)") }
            try await scene.pass(LedgerScene.holdIsOver)
            var ended: [[Int32]] = []
            var isBehind: [Bool] = []
            for _ in 1...3 {
                let answer = try await scene.upkeep.expire(scene.sale.id, atMost: 2, fence: fence)
                ended.append(answer.ended.map(\.hold.unit.item).sorted())
                isBehind.append(answer.isBehind)
            }
            try scene.expect(ended, [[1, 3], [2], []], "three calls for two")
            try scene.expect(isBehind, [true, false, false], "whether there may be more")
        },
        LedgerUpkeepConformance("Expiry that meets only with what has ended says that there may be more") { scene in
            let fence = try await scene.bench.nextFence(.sweeper)
            try await scene.hold(1, "ann")
            try await scene.sell(2, to: "bob")
            _ = try await scene.cancel(try await scene.hold(3, "cat").cart.code)
            try await scene.hold(4, "dan")
            try await scene.pass(LedgerScene.holdIsOver)
            var ended: [[Int32]] = []
            var isBehind: [Bool] = []
            for _ in 1...4 {
                let answer = try await scene.upkeep.expire(scene.sale.id, atMost: 1, fence: fence)
                ended.append(answer.ended.map(\.hold.unit.item))
                isBehind.append(answer.isBehind)
            }
            try scene.expect(ended, [[1], [], [], [4]], "four calls for one")
            try scene.expect(isBehind, [true, true, true, false], "whether there may be more")
        },
        LedgerUpkeepConformance("A stale sweeper ends nothing") { scene in
            let stale = try await scene.bench.nextFence(.sweeper)
            let current = try await scene.bench.nextFence(.sweeper)
            try scene.expect(current > stale, true, "fences grow")
            try await scene.hold(1, "ann")
            try await scene.pass(LedgerScene.holdIsOver)
            let refused = try await scene.upkeep.expire(scene.sale.id, atMost: 9, fence: stale)
            try scene.expect(refused, ExpireOutcome(ended: [], isStale: true), "the old fence")
            let answer = try await scene.upkeep.expire(scene.sale.id, atMost: 9, fence: current)
            try scene.expect(answer.ended.map(\.hold.buyer), [scene.buyer("ann")], "the new one")
        },
    ]

    static let ages = [
        LedgerUpkeepConformance("A hold that ends is as old as the time it stood, however it ends") { scene in
            func expectAges(_ ended: [EndedHold], atLeast ages: [Duration], _ what: String) throws {
                // A real clock goes on while the check does.
                let fits =
                    ended.count == ages.count && zip(ages, ended).allSatisfy { ($0...$0 + .seconds(8)) ~= $1.age }
                try scene.expect(fits, true, "\(what): \(ended.map(\.age))")
            }
            let bought = try await scene.hold(1, "ann").cart.code
            let cancelled = try await scene.hold(3, "bob").cart.code
            try await scene.pass(.seconds(10))
            try await scene.hold(2, "ann")
            try await scene.pass(.seconds(10))
            try expectAges(try await scene.buy(bought).sold, atLeast: [.seconds(20), .seconds(10)], "bought")
            guard case .released(let ended, _) = try await scene.release(cancelled) else {
                throw ConformanceFailure(description: "what is held should be given back")
            }
            try expectAges(ended, atLeast: [.seconds(20)], "given back")
            let late = try await scene.hold(4, "cat").cart.code
            try await scene.pass(LedgerScene.holdIsOver)
            let fence = try await scene.bench.nextFence(.sweeper)
            let expired = try await scene.upkeep.expire(scene.sale.id, atMost: 9, fence: fence).ended
            try expectAges(expired, atLeast: [LedgerScene.holdIsOver], "expired")
            try expectAges(try await scene.buy(late).sold, atLeast: [.zero], "sold without a hold")
        }
    ]

    static let reading = [
        LedgerUpkeepConformance("A snapshot tells every unit, and who has bought") { scene in
            let ann = try await scene.hold(3, "ann").cart.code
            try await scene.sell(2, to: "bob")
            let whole = try await scene.upkeep.snapshot(of: scene.sale)
            try scene.expect(whole.count, StockCount(free: 2, held: 1, sold: 1), "the whole")
            try scene.expect(whole.held[2]?.code, ann, "who holds the third")
            try scene.expect(whole.bought, [scene.buyer("bob"): 1], "who has bought")
            let part = try await scene.upkeep.snapshot(of: scene.sale, items: 2...3)
            try scene.expect(part.held[1], whole.held[2], "the hold, read either way")
            try scene.expect([part.isSold(0), part.isFree(1), part.held[1] != nil], [true, false, true], "a part")
            try scene.expect(part.bought, [:], "nobody's purchases are in a part")
        },
        LedgerUpkeepConformance("An epoch is raised once from each, by the newest fence, and not too often") { scene in
            let stale = try await scene.bench.nextFence(.rebuild)
            let fence = try await scene.bench.nextFence(.rebuild)
            func raise(_ seen: Int32, _ fence: FencingNumber) async throws -> Int32? {
                try await scene.upkeep.raiseEpoch(of: scene.sale.id, EpochRaise(seen: seen, fence: fence))
            }
            try scene.expect(try await raise(1, stale), nil, "under an old fence")
            try scene.expect(try await raise(1, fence), 2, "the first")
            try await scene.pass(.seconds(10))
            try scene.expect(try await raise(1, fence), nil, "from one that is past")
            try scene.expect(try await raise(2, fence), 3, "the next")
            try scene.expect(try await scene.bench.catalog.sale(scene.sale.id)?.epoch, 3, "the sale's")
        },
    ]
}
