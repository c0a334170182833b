// The rules of the buyers' half: reservations, facts and the locks of codes.

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
        SaleGateConformance("A buyer's reservations share the code of the open cart") { scene in
            try await scene.load()
            _ = await scene.reserve(1, buyer: 1)
            let outcome = await scene.gate.reserve(
                ItemID(sale: scene.sale.id, number: 2), for: scene.buyer(1), of: scene.sale, candidate: scene.code(99))
            try scene.expect(outcome, .reserved(Unit(item: 2, number: 1), scene.code(1)), "the second item")
        },
        SaleGateConformance("An emptied cart is closed, and its code forgotten") { scene in
            try await scene.load()
            _ = await scene.reserve(1, buyer: 1)
            try await scene.tell(.released(scene.hold(Unit(item: 1, number: 1), buyer: 1)))
            let outcome = await scene.gate.reserve(
                ItemID(sale: scene.sale.id, number: 2), for: scene.buyer(1), of: scene.sale, candidate: scene.code(99))
            try scene.expect(outcome, .reserved(Unit(item: 2, number: 1), scene.code(99)), "the next item")
        },
        SaleGateConformance("A buyer cannot reserve an item twice, even if it has more units") { scene in
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
            try await scene.tell(.sold(scene.hold(Unit(item: 1, number: 1), buyer: 1)))
            _ = await scene.reserve(2, buyer: 1)
            try scene.expect(await scene.reserve(3, buyer: 1), .refused(.userLimitExceeded), "one bought, one held")
            try await scene.tell(.released(scene.hold(Unit(item: 2, number: 1), buyer: 1)))
            try scene.expect(
                await scene.reserve(3, buyer: 1), .reserved(Unit(item: 3, number: 1), scene.code(1)), "one released")
        },
        SaleGateConformance("An item is sold when its last unit is sold, and held before") { scene in
            let scene = scene.with(stock: 2)
            try await scene.load()
            try await scene.tell(
                .sold(scene.hold(Unit(item: 1, number: 1), buyer: 1)),
                .held(scene.hold(Unit(item: 1, number: 2), buyer: 2)))
            try scene.expect(await scene.reserve(1, buyer: 3), .refused(.itemHeld), "one sold, one held")
            try await scene.tell(.sold(scene.hold(Unit(item: 1, number: 2), buyer: 2)))
            try scene.expect(await scene.reserve(1, buyer: 3), .refused(.itemSold), "both sold")
        },
        SaleGateConformance("64 buyers at once get the 3 units of an item, each unit once") { scene in
            let scene = scene.with(stock: 3)
            try await scene.load()
            let outcomes = await withTaskGroup(of: ReserveOutcome.self) { group in
                for number in 1...64 { group.addTask { await scene.reserve(2, buyer: number) } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            let units = outcomes.compactMap { outcome -> Unit? in
                guard case .reserved(let unit, _) = outcome else { return nil }
                return unit
            }
            try scene.expect(units.count, 3, "units given")
            try scene.expect(Set(units), Set((1...3).map { Unit(item: 2, number: $0) }), "the units")
            try scene.expect(outcomes.count { $0 == .refused(.itemHeld) }, 61, "refusals")
            try await scene.expectCount(free: 9, held: 3, sold: 0, "after the race")
        },
        SaleGateConformance("A buyer that asks for 16 items at once gets 2 of them, in one cart") { scene in
            let scene = scene.with(items: 16, limit: 2)
            try await scene.load()
            let outcomes = await withTaskGroup(of: ReserveOutcome.self) { group in
                for item in 1...16 as ClosedRange<Int32> { group.addTask { await scene.reserve(item, buyer: 1) } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            let codes = outcomes.compactMap { if case .reserved(_, let code) = $0 { code } else { nil } }
            try scene.expect(codes, [scene.code(1), scene.code(1)], "the carts")
            try scene.expect(outcomes.count { $0 == .refused(.userLimitExceeded) }, 14, "refusals")
            try await scene.expectCount(free: 14, held: 2, sold: 0, "after the race")
        },
        SaleGateConformance("Neighbouring units of the bitmap do not interfere, whatever the stock") { scene in
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
        SaleGateConformance("A fact that a request tells counts, whether a buyer waits for it or not") { scene in
            try await scene.load()
            for (item, waiter) in [(1, GateWaiter.buyer), (2, .nobody)] as [(Int32, GateWaiter)] {
                let sold = GateFact.sold(scene.hold(Unit(item: item, number: 1), buyer: 1))
                let isTold = await scene.gate.settle([sold], of: scene.sale, unlocking: nil, for: waiter)
                try scene.expect(isTold, true, "a fact told to a loaded gate")
            }
            try await scene.expectCount(free: 2, held: 0, sold: 2, "after two facts")
        }
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
            await scene.gate.settle([], of: scene.sale, unlocking: stale, for: .nobody)
            try scene.expect(await scene.gate.begin(scene.code(1)), .inProgress, "after a stale token")
        },
        SaleGateConformance("A stale token that comes with facts unlocks nothing") { scene in
            try await scene.load()
            _ = await scene.gate.begin(scene.code(1))
            let stale = CodeLock(code: scene.code(1), token: "00000000000000000000000000000000")
            let fact = GateFact.sold(scene.hold(Unit(item: 1, number: 1), buyer: 1))
            let isTold = await scene.gate.settle([fact], of: scene.sale, unlocking: stale, for: .nobody)
            try scene.expect(isTold, true, "a fact told to a loaded gate")
            try scene.expect(await scene.gate.begin(scene.code(1)), .inProgress, "after a stale token")
        },
        SaleGateConformance("Facts that cannot be told still release the lock") { scene in
            guard case .begun(let lock) = await scene.gate.begin(scene.code(1)) else {
                throw ConformanceFailure(description: "the purchase did not begin")
            }
            let fact = GateFact.sold(scene.hold(Unit(item: 1, number: 1), buyer: 1))
            let isTold = await scene.gate.settle([fact], of: scene.sale, unlocking: lock, for: .nobody)
            try scene.expect(isTold, false, "a fact told to a gate that is not loaded")
            guard case .begun = await scene.gate.begin(scene.code(1)) else {
                throw ConformanceFailure(description: "the lock was not released")
            }
        },
        SaleGateConformance("Facts that reach a later epoch release the lock once") { scene in
            try await scene.with(epoch: 2).load()
            guard case .begun(let lock) = await scene.gate.begin(scene.code(1)) else {
                throw ConformanceFailure(description: "the purchase did not begin")
            }
            let fact = GateFact.sold(scene.hold(Unit(item: 1, number: 1), buyer: 1))
            let isTold = await scene.gate.settle([fact], of: scene.sale, unlocking: lock, for: .nobody)
            try scene.expect(isTold, true, "a fact told to a loaded gate")
            guard case .begun = await scene.gate.begin(scene.code(1)) else {
                throw ConformanceFailure(description: "the lock was not released")
            }
        },
    ]
}
