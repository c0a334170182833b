// The rules of the duties' half: loads, snapshots and facts.

internal import FlashSale
internal import Telemetry

extension GateUpkeepConformance {
    static let loading = [
        GateUpkeepConformance("Before its first load a sale is not loaded, and never sold out") { scene in
            try scene.expect(await scene.reserve(1, buyer: 1), .notLoaded, "reserve")
            let fact = GateFact.sold(scene.hold(Unit(item: 1, number: 1), buyer: 1))
            try scene.expect(await scene.upkeep.tell([fact], of: scene.sale), false, "settle")
            try scene.expect(await scene.upkeep.count(scene.sale), nil, "count")
            try scene.expect(await scene.upkeep.hasLost(scene.sale), true, "lost")
            try scene.expect(await scene.snapshot(), nil, "snapshot")
        },
        GateUpkeepConformance("The gate returns the snapshot that was loaded") { scene in
            let scene = scene.with(items: 700, stock: 3)
            var snapshot = StockSnapshot(unitCount: scene.sale.unitCount)
            for ordinal in stride(from: 0, to: 2_100, by: 7) { snapshot.markSold(ordinal) }
            for ordinal in stride(from: 1, to: 2_100, by: 3) where !snapshot.isSold(ordinal) {
                snapshot.markHeld(ordinal, by: scene.hold(scene.sale.unit(at: ordinal), buyer: ordinal))
            }
            snapshot.bought = [scene.buyer(1): 3, scene.buyer(7_000): 297]
            try scene.expect(await scene.upkeep.load(snapshot, of: scene.sale), true, "the load")
            try scene.expect(await scene.upkeep.hasLost(scene.sale), false, "lost")
            snapshot.bought = [:]
            try scene.expect(await scene.snapshot(), snapshot, "the snapshot")
            try scene.expect(await scene.upkeep.count(scene.sale), snapshot.count, "the count")
        },
        GateUpkeepConformance("A unit sold while the snapshot is read counts once, in the snapshot or not") { scene in
            let scene = scene.with(limit: 3)
            let sold = (1...2).map { scene.hold(Unit(item: $0, number: 1), buyer: 1) }
            let isLoaded = try await scene.upkeep.load(scene.sale, epoch: 1) { () throws(LedgerFailure) in
                await scene.upkeep.tell(sold.map(GateFact.sold), of: scene.sale)
                var snapshot = StockSnapshot(unitCount: 4)
                snapshot.markSold(0)
                snapshot.bought[sold[0].buyer] = 1
                return snapshot
            }
            try scene.expect(isLoaded, true, "the load")
            try await scene.expectCount(free: 2, held: 0, sold: 2, "both are sold")
            try scene.expect(
                await scene.reserve(3, buyer: 1), .reserved(Unit(item: 3, number: 1), scene.code(1)), "the third")
            try scene.expect(await scene.reserve(4, buyer: 1), .refused(.userLimitExceeded), "the fourth")
        },
        GateUpkeepConformance("The gate tells the state of units in the order in which they are asked for") { scene in
            let scene = scene.with(items: 5, stock: 13)
            try await scene.load()
            let hold = scene.hold(Unit(item: 4, number: 12), buyer: 1)
            try await scene.tell(.held(hold), .sold(scene.hold(Unit(item: 5, number: 13), buyer: 2)))
            guard case .reserved(let unit, let code) = await scene.reserve(2, buyer: 3) else {
                throw ConformanceFailure(description: "an item with free units should be reserved")
            }
            let reserved = scene.sale.ordinal(of: unit)
            let states = await scene.upkeep.units([64, reserved, 50, 0], of: scene.sale)
            guard let states, states.count == 4, case .held(let reservation, .some(let age)) = states[1] else {
                throw ConformanceFailure(description: "a unit should be reserved since a moment: \(states ?? [])")
            }
            try scene.expect(
                [states[0], states[2], states[3]], [.sold(nil), .held(hold, reservedFor: nil), .free], "the others")
            try scene.expect(reservation.code, code, "the code of the reservation")
            try scene.expect((Duration.zero..<Duration.seconds(10)).contains(age), true, "the age of the reservation")
        },
        GateUpkeepConformance("The gate tells the state of more units than fit into one call") { scene in
            let scene = scene.with(items: 2_345)
            try await scene.load()
            try await scene.tell(.sold(scene.hold(Unit(item: 2_345, number: 1), buyer: 1)))
            let states = await scene.upkeep.units(Array(0..<2_345), of: scene.sale)
            try scene.expect(states, [UnitState](repeating: .free, count: 2_344) + [.sold(nil)], "all units")
            try scene.expect(await scene.upkeep.units([], of: scene.sale), [], "none")
        },
        GateUpkeepConformance("A load brings holders, codes and limits") { scene in
            let scene = scene.with(limit: 2)
            var snapshot = StockSnapshot(unitCount: 4)
            snapshot.markHeld(0, by: scene.hold(Unit(item: 1, number: 1), buyer: 1))
            snapshot.markSold(1)
            snapshot.bought = [scene.buyer(2): 2]
            try scene.expect(await scene.upkeep.load(snapshot, of: scene.sale), true, "the load")
            try scene.expect(await scene.reserve(1, buyer: 1), .refused(.alreadyCheckedOut), "the holder")
            try scene.expect(await scene.reserve(2, buyer: 1), .refused(.itemSold), "the sold item")
            try scene.expect(await scene.reserve(3, buyer: 2), .refused(.userLimitExceeded), "the buyer of two")
        },
        GateUpkeepConformance("The loaded epoch serves callers of an earlier epoch, and none of a later one") {
            scene in
            let later = scene.with(epoch: 3)
            try await later.load()
            try scene.expect(
                await scene.reserve(1, buyer: 1), .reserved(Unit(item: 1, number: 1), scene.code(1)),
                "an earlier caller")
            try await scene.tell(.sold(scene.hold(Unit(item: 1, number: 1), buyer: 1)))
            try await later.expectCount(free: 3, held: 0, sold: 1, "the loaded epoch")
            try scene.expect(await scene.with(epoch: 4).reserve(2, buyer: 1), .notLoaded, "a later caller")
        },
        GateUpkeepConformance("A caller that knows another stock neither reads nor writes") { scene in
            let restocked = scene.with(stock: 2, epoch: 2)
            try await restocked.load()
            // The caller learns the epoch, and still counts units by the stock that it knows.
            _ = await restocked.reserve(1, buyer: 1)
            try scene.expect(await scene.reserve(2, buyer: 2), .notLoaded, "reserve")
            let fact = GateFact.sold(scene.hold(Unit(item: 3, number: 1), buyer: 3))
            try scene.expect(await scene.upkeep.tell([fact], of: scene.sale), false, "settle")
            try scene.expect(await scene.upkeep.count(scene.sale), nil, "count")
            try scene.expect(await scene.upkeep.hasLost(scene.sale), true, "lost")
            try await restocked.expectCount(free: 7, held: 1, sold: 0, "what the others see")
        },
        GateUpkeepConformance("A fact of another stock that is told during a load is no part of it") { scene in
            let restocked = scene.with(stock: 2, epoch: 2)
            let isLoaded = try await scene.upkeep.load(restocked.sale, epoch: 2) { () throws(LedgerFailure) in
                let fact = GateFact.sold(scene.hold(Unit(item: 3, number: 1), buyer: 3))
                _ = await scene.upkeep.tell([fact], of: scene.sale)
                return StockSnapshot(unitCount: restocked.sale.unitCount)
            }
            try scene.expect(isLoaded, true, "the load")
            try await restocked.expectCount(free: 8, held: 0, sold: 0, "the load is of the snapshot")
        },
        GateUpkeepConformance("A load replaces everything, and a lower epoch replaces nothing") { scene in
            try await scene.load()
            _ = await scene.reserve(1, buyer: 1)
            let next = scene.with(epoch: 2)
            try await next.load()
            try await next.expectCount(free: 4, held: 0, sold: 0, "after the load")
            let stale = StockSnapshot(unitCount: 4)
            try scene.expect(await scene.upkeep.load(stale, of: scene.sale), false, "a load of a lower epoch")
            try await next.expectCount(free: 4, held: 0, sold: 0, "the epoch that stands")
        },
    ]

    static let telling = [
        GateUpkeepConformance("A fact that is told twice counts once") { scene in
            let scene = scene.with(limit: 2)
            try await scene.load()
            let unit = scene.hold(Unit(item: 1, number: 1), buyer: 1)
            for _ in 1...2 { try await scene.tell(.held(unit)) }
            try await scene.expectCount(free: 3, held: 1, sold: 0, "held twice")
            for _ in 1...2 { try await scene.tell(.sold(unit)) }
            try await scene.expectCount(free: 3, held: 0, sold: 1, "sold twice")
            try scene.expect(
                await scene.reserve(2, buyer: 1), .reserved(Unit(item: 2, number: 1), scene.code(1)),
                "one bought of two")
            try scene.expect(await scene.reserve(3, buyer: 1), .refused(.userLimitExceeded), "one bought, one held")
        },
        GateUpkeepConformance("A hold released twice frees its unit once, even if another buyer has taken it since") {
            scene in
            try await scene.load()
            let unit = Unit(item: 1, number: 1)
            _ = await scene.reserve(1, buyer: 1)
            try await scene.tell(.released(scene.hold(unit, buyer: 1)))
            _ = await scene.reserve(1, buyer: 2)
            try await scene.tell(.released(scene.hold(unit, buyer: 1)))
            try scene.expect(await scene.reserve(1, buyer: 3), .refused(.itemHeld), "the second buyer's unit")
        },
        GateUpkeepConformance("Sold wins over released and held, in any order") { scene in
            try await scene.load()
            let first = scene.hold(Unit(item: 1, number: 1), buyer: 1)
            let second = scene.hold(Unit(item: 2, number: 1), buyer: 2)
            _ = await scene.reserve(1, buyer: 1)
            try await scene.tell(.released(first), .sold(first))
            _ = await scene.reserve(2, buyer: 2)
            try await scene.tell(.sold(second), .released(second), .held(second))
            try await scene.expectCount(free: 2, held: 0, sold: 2, "both sold")
            try scene.expect(await scene.reserve(1, buyer: 3), .refused(.itemSold), "the first")
            try scene.expect(await scene.reserve(2, buyer: 3), .refused(.itemSold), "the second")
        },
        GateUpkeepConformance("A hold that is told after its unit is sold does not count for its buyer") { scene in
            let scene = scene.with(limit: 2)
            try await scene.load()
            let hold = scene.hold(Unit(item: 1, number: 1), buyer: 1)
            try await scene.tell(.sold(hold), .held(hold))
            try scene.expect(await scene.snapshot()?.held, [:], "no hold")
            try scene.expect(
                await scene.reserve(2, buyer: 1), .reserved(Unit(item: 2, number: 1), scene.code(1)),
                "one bought of two")
        },
        GateUpkeepConformance("A unit sold to another buyer no longer counts for its holder") { scene in
            let scene = scene.with(limit: 1)
            try await scene.load()
            _ = await scene.reserve(1, buyer: 1)
            try await scene.tell(.sold(scene.hold(Unit(item: 1, number: 1), buyer: 3)))
            try scene.expect(await scene.reserve(1, buyer: 2), .refused(.itemSold), "the unit")
            try scene.expect(await scene.reserve(2, buyer: 3), .refused(.userLimitExceeded), "the new buyer")
            try scene.expect(
                await scene.reserve(2, buyer: 1), .reserved(Unit(item: 2, number: 1), scene.code(1)),
                "the former holder")
        },
        GateUpkeepConformance("A hold moves to the code and buyer that the ledger names") { scene in
            let scene = scene.with(limit: 1)
            try await scene.load()
            _ = await scene.reserve(1, buyer: 1)
            try await scene.tell(.held(scene.hold(Unit(item: 1, number: 1), buyer: 2)))
            try scene.expect(await scene.reserve(2, buyer: 2), .refused(.userLimitExceeded), "the new holder")
            try scene.expect(
                await scene.reserve(2, buyer: 1), .reserved(Unit(item: 2, number: 1), scene.code(1)),
                "the former holder")
        },
        GateUpkeepConformance("If the ledger holds another unit of the item, the buyer still has the item") {
            scene in
            let scene = scene.with(stock: 2, limit: 2)
            try await scene.load()
            _ = await scene.reserve(1, buyer: 1)
            try await scene.tell(
                .held(scene.hold(Unit(item: 1, number: 2), buyer: 1)),
                .released(scene.hold(Unit(item: 1, number: 1), buyer: 1)))
            try scene.expect(await scene.reserve(1, buyer: 1), .refused(.alreadyCheckedOut), "the same item")
            try scene.expect(
                await scene.reserve(2, buyer: 1), .reserved(Unit(item: 2, number: 1), scene.code(1)), "one more")
            try await scene.expectCount(free: 6, held: 2, sold: 0, "two items held")
        },
        GateUpkeepConformance("The ledger's code replaces the gate's") { scene in
            try await scene.load()
            _ = await scene.reserve(1, buyer: 1)
            let named = Hold(
                unit: Unit(item: 1, number: 1), code: scene.code(77), buyer: scene.buyer(1),
                expiresAt: scene.sale.endedAt)
            try await scene.tell(.held(named))
            try scene.expect(
                await scene.reserve(2, buyer: 1), .reserved(Unit(item: 2, number: 1), scene.code(77)), "the next item")
            try scene.expect(await scene.snapshot()?.held[0], named, "the hold")
        },
        GateUpkeepConformance("Facts that do not fit into one call are all told") { scene in
            let scene = scene.with(items: 1_203)
            try await scene.load()
            let facts = (1...1_203).map { GateFact.sold(scene.hold(Unit(item: Int32($0), number: 1), buyer: $0)) }
            try scene.expect(await scene.upkeep.tell(facts, of: scene.sale), true, "all told")
            try await scene.expectCount(free: 0, held: 0, sold: 1_203, "all sold")
        },
    ]
}
