// The rules of the changes that the ledger tells the drift check.

internal import FlashSale
internal import Telemetry

extension LedgerUpkeepConformance {
    static let changes = [
        LedgerRule("Each change of a unit is told in its order, again if it is asked for again, and then forgotten") {
            scene in
            let fence = try await scene.bench.nextFence(.driftCheck)
            try await scene.hold(4, "dan", unit: 1)
            let start = try await scene.changes(after: nil, fence)
            try scene.expect(start.changes, [], "what was before")
            try await scene.buy(try await scene.hold(1, "ann", unit: 1).cart.code)
            _ = try await scene.cancel(try await scene.hold(2, "bob", unit: 1).cart.code)
            let late = try await scene.hold(3, "cat", unit: 1).cart.code
            try await scene.pass(LedgerScene.holdIsOver)
            let sweeper = try await scene.bench.nextFence(.sweeper)
            _ = try await scene.expire(atMost: 9, fence: sweeper)
            try await scene.buy(late)
            var page = start
            for _ in 1...2 {
                page = try await scene.changes(after: start, fence)
                let told = page.changes.map { change in
                    change.units.map { "\($0.item)" }.sorted().reduce("\(change.kind)") { $0 + " " + $1 }
                }
                let all = ["held 1", "sold 1", "held 2", "free 2", "held 3", "free 3 4", "sold 3"]
                try scene.expect(told, all, "the changes")
            }
            for _ in 1...2 {
                page = try await scene.changes(after: page, fence)
                try scene.expect(page.changes, [], "what was told before")
            }
            try await scene.hold(2, "bob", unit: 1)
            let last = try await scene.changes(after: page, fence).changes
            try scene.expect(last, [UnitChange(.held, [Unit(item: 2, number: 1)])], "the next change")
        },
        LedgerRule("A unit is doubted if the gate may have another holder of it", stock: 3) { scene in
            let fence = try await scene.bench.nextFence(.driftCheck)
            var page = try await scene.changes(after: nil, fence)
            func expectDoubts(_ numbers: [Int32], of item: Int32, _ what: String) async throws {
                page = try await scene.changes(after: page, fence)
                let doubted = page.changes.filter { $0.kind == .doubted }.flatMap(\.units)
                try scene.expect(Set(doubted), Set(numbers.map { Unit(item: item, number: $0) }), what)
            }
            try await scene.hold(1, "ann", unit: 2)
            try await expectDoubts([], of: 1, "as it was reserved")
            let other = try await scene.hold(1, "bob", unit: 2).unit
            try await expectDoubts([2, other], of: 1, "another unit")
            try await scene.hold(2, "bob", unit: 3)
            try await expectDoubts([3], of: 2, "another code")
            let last = try await scene.hold(1, "cat").unit
            try await expectDoubts([last], of: 1, "nothing reserved")
            try scene.expect(try await scene.record(1, "dan", unit: 2), .noneFree, "a fourth of three")
            try await expectDoubts([2], of: 1, "refused")
            try scene.expect(try await scene.record(1, "eve"), .noneFree, "a fifth of three")
            try await expectDoubts([], of: 1, "refused, with nothing reserved")
        },
        LedgerRule("A stale drift check is told nothing and takes nothing away") { scene in
            let stale = try await scene.bench.nextFence(.driftCheck)
            let former = try await scene.changes(after: nil, stale)
            let fence = try await scene.bench.nextFence(.driftCheck)
            let start = try await scene.changes(after: nil, fence)
            try await scene.hold(1, "ann", unit: 1)
            for page in [nil, former] {
                let outcome = try await scene.upkeep.changes(of: scene.sale, after: page, fence: stale)
                try scene.expect(outcome, .stale, "under an old fence")
            }
            let page = try await scene.changes(after: start, fence)
            try scene.expect(page.changes, [UnitChange(.held, [Unit(item: 1, number: 1)])], "under the newest")
        },
    ]
}

extension LedgerScene {
    fileprivate func changes(after page: ChangePage?, _ fence: FencingNumber) async throws -> ChangePage {
        guard case .read(let next) = try await upkeep.changes(of: sale, after: page, fence: fence) else {
            throw ConformanceFailure(description: "the fence should stand")
        }
        return next
    }
}
