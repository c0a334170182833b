// The rules themselves, by what they are about.

internal import FlashSale
internal import Telemetry

extension SaleGateConformance {
    static let reserving = [
        SaleGateConformance("A free unit is reserved once") { scene in
            try await scene.load()
            let unit = Unit(item: 2, number: 1)
            try scene.expect(await scene.reserve(2, buyer: 1), .reserved(unit, scene.code(1)), "the first")
            try scene.expect(await scene.reserve(2, buyer: 2), .refused(.itemHeld), "the second")
            try await scene.expectCount(free: 3, held: 1, sold: 0, "after one reservation")
        },
        SaleGateConformance("A buyer's items go under the code of his open cart") { scene in
            try await scene.load()
            _ = await scene.reserve(1, buyer: 1)
            let answer = await scene.gate.reserve(
                ItemID(sale: scene.sale.id, number: 2), for: scene.buyer(1), of: scene.sale, candidate: scene.code(99))
            try scene.expect(answer, .reserved(Unit(item: 2, number: 1), scene.code(1)), "his second item")
        },
        SaleGateConformance("A cart that was emptied is closed, and its code forgotten") { scene in
            try await scene.load()
            _ = await scene.reserve(1, buyer: 1)
            try await scene.settle(.released(scene.hold(Unit(item: 1, number: 1), buyer: 1)))
            let answer = await scene.gate.reserve(
                ItemID(sale: scene.sale.id, number: 2), for: scene.buyer(1), of: scene.sale, candidate: scene.code(99))
            try scene.expect(answer, .reserved(Unit(item: 2, number: 1), scene.code(99)), "his next item")
        },
        SaleGateConformance("A buyer cannot take an item twice, though it has more units") { scene in
            let scene = scene.with(stock: 3)
            try await scene.load()
            _ = await scene.reserve(2, buyer: 1)
            try scene.expect(await scene.reserve(2, buyer: 1), .refused(.alreadyCheckedOut), "the same item")
            try scene.expect(
                await scene.reserve(3, buyer: 1), .reserved(Unit(item: 3, number: 1), scene.code(1)), "the next item")
        },
        SaleGateConformance("Held and bought together stay within the limit") { scene in
            let scene = scene.with(limit: 2)
            try await scene.load()
            _ = await scene.reserve(1, buyer: 1)
            try await scene.settle(.sold(scene.hold(Unit(item: 1, number: 1), buyer: 1)))
            _ = await scene.reserve(2, buyer: 1)
            try scene.expect(await scene.reserve(3, buyer: 1), .refused(.userLimitExceeded), "one bought, one held")
            try await scene.settle(.released(scene.hold(Unit(item: 2, number: 1), buyer: 1)))
            try scene.expect(
                await scene.reserve(3, buyer: 1), .reserved(Unit(item: 3, number: 1), scene.code(1)), "one given back")
        },
        SaleGateConformance("An item is sold when its last unit is, and held before") { scene in
            let scene = scene.with(stock: 2)
            try await scene.load()
            try await scene.settle(
                .sold(scene.hold(Unit(item: 1, number: 1), buyer: 1)),
                .held(scene.hold(Unit(item: 1, number: 2), buyer: 2)))
            try scene.expect(await scene.reserve(1, buyer: 3), .refused(.itemHeld), "one sold, one held")
            try await scene.settle(.sold(scene.hold(Unit(item: 1, number: 2), buyer: 2)))
            try scene.expect(await scene.reserve(1, buyer: 3), .refused(.itemSold), "both sold")
        },
        SaleGateConformance("64 buyers at once get the 3 units of an item, each once") { scene in
            let scene = scene.with(stock: 3)
            try await scene.load()
            let answers = await withTaskGroup(of: ReserveAnswer.self) { group in
                for number in 1...64 { group.addTask { await scene.reserve(2, buyer: number) } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            let units = answers.compactMap { answer -> Unit? in
                guard case .reserved(let unit, _) = answer else { return nil }
                return unit
            }
            try scene.expect(units.count, 3, "units given")
            try scene.expect(Set(units), Set((1...3).map { Unit(item: 2, number: $0) }), "the units")
            try scene.expect(answers.count { $0 == .refused(.itemHeld) }, 61, "refusals")
            try await scene.expectCount(free: 9, held: 3, sold: 0, "after the race")
        },
        SaleGateConformance("Units side by side in the bitmap are kept apart, whatever the stock") { scene in
            let scene = scene.with(items: 3, stock: 13, limit: 100)
            try await scene.load()
            for number in 1...13 {
                try scene.expect(
                    await scene.reserve(2, buyer: number),
                    .reserved(Unit(item: 2, number: Int32(number)), scene.code(UInt64(number))), "unit \(number)")
            }
            try scene.expect(await scene.reserve(2, buyer: 14), .refused(.itemHeld), "the 14th")
            try await scene.expectCount(free: 26, held: 13, sold: 0, "after 13 reservations")
        },
        SaleGateConformance("An item of another sale is not in this one") { scene in
            try await scene.load()
            try scene.expect(await scene.reserve(5, buyer: 1), .refused(.itemNotInSale), "an item past the last")
        },
    ]

    static let settling = [
        SaleGateConformance("Facts told twice count once") { scene in
            let scene = scene.with(limit: 2)
            try await scene.load()
            let unit = scene.hold(Unit(item: 1, number: 1), buyer: 1)
            for _ in 1...2 { try await scene.settle(.held(unit)) }
            try await scene.expectCount(free: 3, held: 1, sold: 0, "held twice")
            for _ in 1...2 { try await scene.settle(.sold(unit)) }
            try await scene.expectCount(free: 3, held: 0, sold: 1, "sold twice")
            try scene.expect(
                await scene.reserve(2, buyer: 1), .reserved(Unit(item: 2, number: 1), scene.code(1)),
                "one bought of two")
            try scene.expect(await scene.reserve(3, buyer: 1), .refused(.userLimitExceeded), "one bought, one held")
        },
        SaleGateConformance("Released twice frees once, also after another has taken the unit") { scene in
            try await scene.load()
            let unit = Unit(item: 1, number: 1)
            _ = await scene.reserve(1, buyer: 1)
            try await scene.settle(.released(scene.hold(unit, buyer: 1)))
            _ = await scene.reserve(1, buyer: 2)
            try await scene.settle(.released(scene.hold(unit, buyer: 1)))
            try scene.expect(await scene.reserve(1, buyer: 3), .refused(.itemHeld), "the second buyer's unit")
        },
        SaleGateConformance("Sold wins over released and held, in any order") { scene in
            try await scene.load()
            let first = scene.hold(Unit(item: 1, number: 1), buyer: 1)
            let second = scene.hold(Unit(item: 2, number: 1), buyer: 2)
            _ = await scene.reserve(1, buyer: 1)
            try await scene.settle(.released(first), .sold(first))
            _ = await scene.reserve(2, buyer: 2)
            try await scene.settle(.sold(second), .released(second), .held(second))
            try await scene.expectCount(free: 2, held: 0, sold: 2, "both sold")
            try scene.expect(await scene.reserve(1, buyer: 3), .refused(.itemSold), "the first")
            try scene.expect(await scene.reserve(2, buyer: 3), .refused(.itemSold), "the second")
        },
        SaleGateConformance("A hold that is told after its sale counts no more for its buyer") { scene in
            let scene = scene.with(limit: 2)
            try await scene.load()
            let hold = scene.hold(Unit(item: 1, number: 1), buyer: 1)
            try await scene.settle(.sold(hold), .held(hold))
            try scene.expect(await scene.snapshot()?.held, [:], "no hold")
            try scene.expect(
                await scene.reserve(2, buyer: 1), .reserved(Unit(item: 2, number: 1), scene.code(1)),
                "one bought of two")
        },
        SaleGateConformance("A unit that was sold to another than its holder is not the holder's any more") { scene in
            let scene = scene.with(limit: 1)
            try await scene.load()
            _ = await scene.reserve(1, buyer: 1)
            try await scene.settle(.sold(scene.hold(Unit(item: 1, number: 1), buyer: 3)))
            try scene.expect(await scene.reserve(1, buyer: 2), .refused(.itemSold), "the unit")
            try scene.expect(await scene.reserve(2, buyer: 3), .refused(.userLimitExceeded), "who bought it")
            try scene.expect(
                await scene.reserve(2, buyer: 1), .reserved(Unit(item: 2, number: 1), scene.code(1)), "who held it")
        },
        SaleGateConformance("A hold moves to the code and buyer that the ledger names") { scene in
            let scene = scene.with(limit: 1)
            try await scene.load()
            _ = await scene.reserve(1, buyer: 1)
            try await scene.settle(.held(scene.hold(Unit(item: 1, number: 1), buyer: 2)))
            try scene.expect(await scene.reserve(2, buyer: 2), .refused(.userLimitExceeded), "the new holder")
            try scene.expect(
                await scene.reserve(2, buyer: 1), .reserved(Unit(item: 2, number: 1), scene.code(1)), "the former one")
        },
        SaleGateConformance("Another unit of the item in place of the reserved one leaves the buyer his item") {
            scene in
            let scene = scene.with(stock: 2, limit: 2)
            try await scene.load()
            _ = await scene.reserve(1, buyer: 1)
            try await scene.settle(
                .held(scene.hold(Unit(item: 1, number: 2), buyer: 1)),
                .released(scene.hold(Unit(item: 1, number: 1), buyer: 1)))
            try scene.expect(await scene.reserve(1, buyer: 1), .refused(.alreadyCheckedOut), "the same item")
            try scene.expect(
                await scene.reserve(2, buyer: 1), .reserved(Unit(item: 2, number: 1), scene.code(1)), "one more")
            try await scene.expectCount(free: 6, held: 2, sold: 0, "two items held")
        },
        SaleGateConformance("A code that the ledger names replaces the one the gate thought of") { scene in
            try await scene.load()
            _ = await scene.reserve(1, buyer: 1)
            let named = Hold(
                unit: Unit(item: 1, number: 1), code: scene.code(77), buyer: scene.buyer(1),
                expiresAt: scene.sale.endedAt)
            try await scene.settle(.held(named))
            try scene.expect(
                await scene.reserve(2, buyer: 1), .reserved(Unit(item: 2, number: 1), scene.code(77)), "his next item")
            try scene.expect(await scene.snapshot()?.held[0], named, "the hold")
        },
        SaleGateConformance("More facts than fit into one call are all told") { scene in
            let scene = scene.with(items: 1_203)
            try await scene.load()
            let facts = (1...1_203).map { GateFact.sold(scene.hold(Unit(item: Int32($0), number: 1), buyer: $0)) }
            try scene.expect(await scene.gate.settle(facts, of: scene.sale, unlocking: nil), true, "all told")
            try await scene.expectCount(free: 0, held: 0, sold: 1_203, "all sold")
        },
    ]

    static let loading = [
        SaleGateConformance("A sale that nobody loaded is not loaded, and never sold out") { scene in
            try scene.expect(await scene.reserve(1, buyer: 1), .notLoaded, "reserve")
            let fact = GateFact.sold(scene.hold(Unit(item: 1, number: 1), buyer: 1))
            try scene.expect(await scene.gate.settle([fact], of: scene.sale, unlocking: nil), false, "settle")
            try scene.expect(await scene.gate.count(scene.sale), nil, "count")
            try scene.expect(await scene.snapshot(), nil, "snapshot")
        },
        SaleGateConformance("A snapshot comes back as it was loaded") { scene in
            let scene = scene.with(items: 700, stock: 3)
            var snapshot = StockSnapshot(unitCount: scene.sale.unitCount)
            for ordinal in stride(from: 0, to: 2_100, by: 7) { snapshot.markSold(ordinal) }
            for ordinal in stride(from: 1, to: 2_100, by: 3) where !snapshot.isSold(ordinal) {
                snapshot.markHeld(ordinal, by: scene.hold(scene.sale.unit(at: ordinal), buyer: ordinal))
            }
            snapshot.bought = [scene.buyer(1): 3, scene.buyer(7_000): 297]
            try scene.expect(await scene.gate.load(snapshot, of: scene.sale), true, "the load")
            snapshot.bought = [:]
            try scene.expect(await scene.snapshot(), snapshot, "the snapshot")
            try scene.expect(await scene.gate.count(scene.sale), snapshot.count, "the count")
        },
        SaleGateConformance("What is sold while the snapshot is read counts once, in the snapshot or not") { scene in
            let scene = scene.with(limit: 3)
            let sold = (1...2).map { scene.hold(Unit(item: $0, number: 1), buyer: 1) }
            let isLoaded = try await scene.gate.load(scene.sale, epoch: 1) { () throws(LedgerFailure) in
                await scene.gate.settle(sold.map(GateFact.sold), of: scene.sale, unlocking: nil)
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
        SaleGateConformance("A part of the items is told by itself, wherever it begins") { scene in
            let scene = scene.with(items: 5, stock: 13)
            try await scene.load()
            let hold = scene.hold(Unit(item: 4, number: 12), buyer: 1)
            let sold = [(1, 13), (2, 1), (4, 13), (5, 1)].map { item, number in
                GateFact.sold(scene.hold(Unit(item: item, number: number), buyer: 2))
            }
            let isTold = await scene.gate.settle(sold + [.held(hold)], of: scene.sale, unlocking: nil)
            try scene.expect(isTold, true, "facts told to a loaded gate")
            var part = StockSnapshot(unitCount: 39)
            part.markSold(0)
            part.markHeld(37, by: hold)
            part.markSold(38)
            try scene.expect(await scene.gate.snapshot(of: scene.sale, items: 2...4), part, "items 2 to 4")
        },
        SaleGateConformance("What was loaded is known: holders, codes, limits") { scene in
            let scene = scene.with(limit: 2)
            var snapshot = StockSnapshot(unitCount: 4)
            snapshot.markHeld(0, by: scene.hold(Unit(item: 1, number: 1), buyer: 1))
            snapshot.markSold(1)
            snapshot.bought = [scene.buyer(2): 2]
            try scene.expect(await scene.gate.load(snapshot, of: scene.sale), true, "the load")
            try scene.expect(await scene.reserve(1, buyer: 1), .refused(.alreadyCheckedOut), "its holder")
            try scene.expect(await scene.reserve(2, buyer: 1), .refused(.itemSold), "the sold item")
            try scene.expect(await scene.reserve(3, buyer: 2), .refused(.userLimitExceeded), "who bought two")
        },
        SaleGateConformance("Callers of an earlier epoch are served by the loaded one, of a later one by none") {
            scene in
            let later = scene.with(epoch: 3)
            try await later.load()
            try scene.expect(
                await scene.reserve(1, buyer: 1), .reserved(Unit(item: 1, number: 1), scene.code(1)),
                "an earlier caller")
            try await scene.settle(.sold(scene.hold(Unit(item: 1, number: 1), buyer: 1)))
            try await later.expectCount(free: 3, held: 0, sold: 1, "the loaded epoch")
            try scene.expect(await scene.with(epoch: 4).reserve(2, buyer: 1), .notLoaded, "a later caller")
        },
        SaleGateConformance("A load replaces all that was known, and a lower epoch replaces nothing") { scene in
            try await scene.load()
            _ = await scene.reserve(1, buyer: 1)
            let next = scene.with(epoch: 2)
            try await next.load()
            try await next.expectCount(free: 4, held: 0, sold: 0, "after the load")
            let stale = StockSnapshot(unitCount: 4)
            try scene.expect(await scene.gate.load(stale, of: scene.sale), false, "a load of a lower epoch")
            try await next.expectCount(free: 4, held: 0, sold: 0, "the epoch that stands")
        },
    ]

    static let locking = [
        SaleGateConformance("A code is locked for one purchase at a time") { scene in
            guard case .begun(let lock) = await scene.gate.begin(scene.code(1)) else {
                throw ConformanceFailure(description: "the first purchase did not begin")
            }
            try scene.expect(await scene.gate.begin(scene.code(1)), .inProgress, "the second")
            try scene.expect(await scene.gate.unlock(lock), true, "the unlocking")
            guard case .begun(let next) = await scene.gate.begin(scene.code(1)) else {
                throw ConformanceFailure(description: "the next purchase did not begin")
            }
            try scene.expect(next.token == lock.token, false, "one token for two locks")
        },
        SaleGateConformance("A stale token unlocks nothing") { scene in
            _ = await scene.gate.begin(scene.code(1))
            let stale = CodeLock(code: scene.code(1), token: "00000000000000000000000000000000")
            await scene.gate.unlock(stale)
            await scene.gate.settle([], of: scene.sale, unlocking: stale)
            try scene.expect(await scene.gate.begin(scene.code(1)), .inProgress, "after a stale token")
        },
        SaleGateConformance("A stale token that comes with facts unlocks nothing") { scene in
            try await scene.load()
            _ = await scene.gate.begin(scene.code(1))
            let stale = CodeLock(code: scene.code(1), token: "00000000000000000000000000000000")
            let fact = GateFact.sold(scene.hold(Unit(item: 1, number: 1), buyer: 1))
            try scene.expect(await scene.gate.settle([fact], of: scene.sale, unlocking: stale), true, "told")
            try scene.expect(await scene.gate.begin(scene.code(1)), .inProgress, "after a stale token")
        },
        SaleGateConformance("Facts that cannot be told still give the lock back") { scene in
            guard case .begun(let lock) = await scene.gate.begin(scene.code(1)) else {
                throw ConformanceFailure(description: "the purchase did not begin")
            }
            let fact = GateFact.sold(scene.hold(Unit(item: 1, number: 1), buyer: 1))
            try scene.expect(await scene.gate.settle([fact], of: scene.sale, unlocking: lock), false, "not loaded")
            guard case .begun = await scene.gate.begin(scene.code(1)) else {
                throw ConformanceFailure(description: "the lock was not given back")
            }
        },
        SaleGateConformance("Facts that reach a later epoch give the lock back once") { scene in
            try await scene.with(epoch: 2).load()
            guard case .begun(let lock) = await scene.gate.begin(scene.code(1)) else {
                throw ConformanceFailure(description: "the purchase did not begin")
            }
            let fact = GateFact.sold(scene.hold(Unit(item: 1, number: 1), buyer: 1))
            try scene.expect(await scene.gate.settle([fact], of: scene.sale, unlocking: lock), true, "told")
            guard case .begun = await scene.gate.begin(scene.code(1)) else {
                throw ConformanceFailure(description: "the lock was not given back")
            }
        },
    ]
}
