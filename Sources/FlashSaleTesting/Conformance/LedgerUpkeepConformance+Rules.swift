// The rules of expiry, of a hold's age, of snapshots and of epochs.

internal import FlashSale
internal import Telemetry

extension LedgerUpkeepConformance {
    static let expiring = [
        LedgerRule("Expiry ends due holds, the oldest first, and nothing else", limit: 1) {
            scene in
            let fence = try await scene.bench.nextFence(.sweeper)
            func expire(_ limit: Int) async throws -> [Int32] {
                let expired = try await scene.expire(atMost: limit, fence: fence)
                return expired.ended.map(\.hold.unit.item)
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
            try scene.expect(try await expire(10), [3], "the due hold")
            try await scene.hold(3, "cat")
        },
        LedgerRule("Expiry ends no more holds than its limit") { scene in
            let fence = try await scene.bench.nextFence(.sweeper)
            for item in [3, 1, 2] as [Int32] { try await scene.hold(item, "buyer-\(item)") }
            try await scene.pass(LedgerScene.holdIsOver)
            var ended: [[Int32]] = []
            var isBehind: [Bool] = []
            for _ in 1...3 {
                let expired = try await scene.expire(atMost: 2, fence: fence)
                ended.append(expired.ended.map(\.hold.unit.item).sorted())
                isBehind.append(expired.isBehind)
            }
            try scene.expect(ended, [[1, 3], [2], []], "three calls for two")
            try scene.expect(isBehind, [true, false, false], "whether more may be due")
        },
        LedgerRule("Expiry that meets only ended holds says that more may be due") { scene in
            let fence = try await scene.bench.nextFence(.sweeper)
            try await scene.hold(1, "ann")
            try await scene.sell(2, to: "bob")
            _ = try await scene.cancel(try await scene.hold(3, "cat").cart.code)
            try await scene.hold(4, "dan")
            try await scene.pass(LedgerScene.holdIsOver)
            var ended: [[Int32]] = []
            var isBehind: [Bool] = []
            for _ in 1...4 {
                let expired = try await scene.expire(atMost: 1, fence: fence)
                ended.append(expired.ended.map(\.hold.unit.item))
                isBehind.append(expired.isBehind)
            }
            try scene.expect(ended, [[1], [], [], [4]], "four calls for one")
            try scene.expect(isBehind, [true, true, true, false], "whether more may be due")
        },
        LedgerRule("A stale sweeper ends nothing") { scene in
            let stale = try await scene.bench.nextFence(.sweeper)
            let current = try await scene.bench.nextFence(.sweeper)
            try scene.expect(current > stale, true, "fences grow")
            try await scene.hold(1, "ann")
            try await scene.pass(LedgerScene.holdIsOver)
            let refused = try await scene.expire(atMost: 9, fence: stale)
            try scene.expect(refused, .stale, "the old fence")
            let expired = try await scene.expire(atMost: 9, fence: current)
            try scene.expect(expired.ended.map(\.hold.buyer), [scene.buyer("ann")], "the new one")
        },
    ]

    static let ages = [
        LedgerRule("The age of an ended hold is the time that it stood, however it ended") { scene in
            func expectAges(_ ended: [EndedHold], atLeast ages: [Duration], _ what: String) throws {
                // A real clock runs during the check.
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
                throw ConformanceFailure(description: "the hold should be cancelled")
            }
            try expectAges(ended, atLeast: [.seconds(20)], "cancelled")
            let late = try await scene.hold(4, "cat").cart.code
            try await scene.pass(LedgerScene.holdIsOver)
            let fence = try await scene.bench.nextFence(.sweeper)
            let expired = try await scene.expire(atMost: 9, fence: fence).ended
            try expectAges(expired, atLeast: [LedgerScene.holdIsOver], "expired")
            try expectAges(try await scene.buy(late).sold, atLeast: [.zero], "sold without a hold")
        }
    ]

    static let reading = [
        LedgerRule("A snapshot has every unit, and what each buyer has bought") { scene in
            let ann = try await scene.hold(3, "ann").cart.code
            try await scene.sell(2, to: "bob")
            let whole = try await scene.upkeep.snapshot(of: scene.sale)
            try scene.expect(whole.count, StockCount(free: 2, held: 1, sold: 1), "the whole")
            try scene.expect(whole.held[2]?.code, ann, "the holder of the third")
            try scene.expect(whole.bought, [scene.buyer("bob"): 1], "the bought units")
            try scene.expect(try await scene.upkeep.stock(of: scene.sale, units: 0..<4), whole.stock, "the bits")
        },
        LedgerRule("The bits of a part count from its first unit", stock: 3) { scene in
            let unit = try await scene.hold(2, "ann").unit
            let code = try await scene.hold(3, "bob").cart.code
            let sold = try await scene.buy(code).sold[0].hold.unit
            var expected = StockBits(unitCount: 6)
            expected.markHeld(Int(unit) - 1)
            expected.markSold(Int(sold.number) + 2)
            try scene.expect(try await scene.upkeep.stock(of: scene.sale, units: 3..<9), expected, "two items")
            try scene.expect(
                try await scene.upkeep.stock(of: scene.sale, units: 9..<12), StockBits(unitCount: 3), "a free item")
        },
        LedgerRule("The state of units comes with their holds, in the order in which they are asked for") { scene in
            func hold(_ item: Int32, _ buyer: String) async throws -> Hold {
                let (cart, _) = try await scene.hold(item, buyer)
                return Hold(
                    unit: Unit(item: item, number: 1), code: cart.code, buyer: scene.buyer(buyer),
                    expiresAt: cart.expiresAt)
            }
            let (ann, bob) = (try await hold(3, "ann"), try await hold(2, "bob"))
            try await scene.buy(bob.code)
            try scene.expect(
                try await scene.upkeep.units([2, 0, 1], of: scene.sale),
                [.held(ann, reservedFor: nil), .free, .sold(bob)], "three units")
        },
        LedgerRule("Each epoch is raised once, under the newest fence, and not too often") { scene in
            let stale = try await scene.bench.nextRebuildFence(scene.sale.id)
            let fence = try await scene.bench.nextRebuildFence(scene.sale.id)
            // Another sale's rebuild makes no difference.
            _ = try await scene.bench.nextRebuildFence(SaleID(scene.sale.id.number + 1))
            func raise(_ seen: Int32, _ fence: FencingNumber) async throws -> Int32? {
                try await scene.upkeep.raiseEpoch(of: scene.sale.id, EpochRaise(seen: seen, fence: fence))
            }
            try scene.expect(try await raise(1, stale), nil, "under an old fence")
            try scene.expect(try await raise(1, fence), 2, "the first")
            try await scene.pass(.seconds(10))
            try scene.expect(try await raise(1, fence), nil, "from an old epoch")
            try scene.expect(try await raise(2, fence), 3, "the next")
            try scene.expect(try await scene.bench.catalog.sale(scene.sale.id)?.epoch, 3, "the sale's")
        },
        LedgerRule("An epoch is raised though the clock was set back since the last one") { scene in
            let fence = try await scene.bench.nextRebuildFence(scene.sale.id)
            for seen in 1...2 as ClosedRange<Int32> {
                let raise = EpochRaise(seen: seen, fence: fence)
                try scene.expect(try await scene.upkeep.raiseEpoch(of: scene.sale.id, raise), seen + 1, "the epoch")
                try await scene.pass(.seconds(-30))
            }
        },
    ]
}
