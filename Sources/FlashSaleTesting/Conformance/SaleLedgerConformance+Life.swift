// The rules of a sale's life: pauses, ends, versions, and the log of them.

internal import FlashSale
import Telemetry

extension SaleLedgerConformance {
    static let life = pausing + ending + clocks + versions

    private static let pausing = [
        LedgerRule("A pause of holds refuses checkouts, and purchases and cancels go on") { scene in
            let code = try await scene.hold(1, "ann").cart.code
            let other = try await scene.hold(2, "bob").cart.code
            try scene.expect(try await scene.change(.pause(.holds)).pause, .holds, "the sale")
            try scene.expect(try await scene.record(3, "cyd"), .salePaused, "a checkout")
            try scene.expect(try await scene.record(1, "ann"), .salePaused, "a checkout of what is in the cart")
            try await scene.buy(code)
            try scene.expect(try await scene.cancel(other), [2, 0], "a cancel")
            try scene.expect(try await scene.change(.resume).pause, nil, "the sale that goes on")
            try await scene.hold(3, "cyd")
        },
        // Most of them share batches that are large enough to be decided by one statement.
        LedgerRule("A pause holds for all of a batch", stock: 24) { scene in
            var codes: [CheckoutCode] = []
            for buyer in 1...12 { codes.append(try await scene.hold(1, "buyer-\(buyer)").cart.code) }
            let carts = codes
            _ = try await scene.change(.pause(.all))
            let records = try await atOnce(1...12) { try await scene.record(1, "late-\($0)", unit: Int32($0 + 12)) }
            try scene.expect(records.count { $0 == .salePaused }, 12, "the checkouts")
            let orders = try await atOnce(1...12) { try await scene.order(carts[$0 - 1]) }
            try scene.expect(orders.count { $0 == .paused }, 12, "the purchases")
        },
        LedgerRule("In a pause of all no hold ends, and each ends later by the pause") { scene in
            let ann = try await scene.hold(1, "ann").cart.code
            try await scene.hold(2, "bob")
            try await scene.pass(.seconds(50))
            _ = try await scene.change(.pause(.all))
            try await scene.pass(.seconds(200))
            try scene.expect(try await scene.expired(), [], "in the pause")
            try scene.expect(try await scene.order(ann), .paused, "a purchase")
            try scene.expect(try await scene.confirm(1, "ann").taken, 1, "what ann has")
            _ = try await scene.change(.resume)
            try await scene.pass(.seconds(5))
            try scene.expect(try await scene.confirm(1, "ann").holding, ann, "the cart that still holds it")
            try await scene.buy(ann)
            try await scene.pass(.seconds(6))
            try scene.expect(try await scene.expired(), ["bob"], "after as long as was left")
        },
        LedgerRule("A pause of all that becomes one of holds ends later what is held, once") { scene in
            let cart = try await scene.hold(1, "ann").cart
            _ = try await scene.change(.pause(.all))
            try await scene.pass(.seconds(100))
            try scene.expect(try await scene.change(.pause(.holds)).pause, .holds, "the sale")
            try await scene.pass(.seconds(100))
            try scene.expect(try await scene.expired(), ["ann"], "in the pause of holds")
            try scene.expect(try await scene.change(.resume).version, 4, "the version")
            try scene.expect(try await scene.order(cart.code) == .paused, false, "that the purchase is paused")
        },
        LedgerRule("What a key got is told in a pause, and an order to whoever asks for it") { scene in
            let (cart, unit) = try await scene.hold(1, "ann", key: "k")
            let other = try await scene.hold(2, "bob").cart.code
            let order = try await scene.buy(other, key: "b").order
            _ = try await scene.change(.pause(.all))
            try scene.expect(
                try await scene.record(1, "ann", key: "k"), .held(cart, unit: unit, isReplay: true), "the checkout")
            try scene.expect(
                try await scene.order(other, key: "b"), .alreadyProcessed(order, isReplay: true), "the purchase")
            try scene.expect(try await scene.order(scene.freshCode()), .notFound, "another code")
        },
        LedgerRule("Holds end in the order in which they were made, with a pause of all between them") { scene in
            // Both holds are of one buyer, and so of one lane: the order is a matter of a lane.
            try await scene.pass(LedgerScene.length - .seconds(100))
            try await scene.hold(1, "ann")
            _ = try await scene.change(.pause(.all))
            try await scene.pass(.seconds(20))
            _ = try await scene.change(.resume)
            try await scene.hold(2, "ann")
            let ends = try await scene.upkeep.units([0, 1], of: scene.sale).map { state in
                if case .held(let hold, _) = state { hold.expiresAt } else { scene.sale.startedAt }
            }
            try scene.expect(ends[1], ends[0], "the end of the later hold")
            try await scene.pass(.seconds(21))
            // The sale has ended for both, and the first hold's time went on for as long as the pause was.
            try scene.expect(try await scene.expired(), [], "at the sale's end")
            try await scene.pass(.seconds(20))
            try scene.expect(try await scene.expired(), ["ann", "ann"], "as long after the end as the pause was")
        },
    ]

    private static let ending = [
        LedgerRule("A sale that is ended sells what is held, and holds nothing more") { scene in
            let code = try await scene.hold(1, "ann").cart.code
            _ = try await scene.change(.end)
            try scene.expect(try await scene.record(2, "bob"), .saleNotActive, "a checkout")
            for act in [SaleAct.end, .pause(.holds)] {
                try scene.expect(try await scene.ask(act), .inactive, "to \(act) what is over")
            }
            try await scene.buy(code)
        },
        LedgerRule("A sale that is extended keeps the ends of its holds, and has a new epoch") { scene in
            try await scene.pass(LedgerScene.length * 2 - .seconds(90))
            try await scene.hold(1, "ann", of: scene.next)
            let end = try await scene.end(of: scene.next)
            let longer = try await scene.change(.setEnd(end + .seconds(600)), of: scene.next)
            try scene.expect(longer.endedAt, end + .seconds(600), "the end")
            try scene.expect(longer.epoch, 2, "the epoch")
            try await scene.hold(2, "bob", of: scene.next)
            try await scene.pass(.seconds(32))
            try scene.expect(try await scene.expired(of: scene.next), ["ann"], "at the end that was")
            try await scene.pass(.seconds(30))
            try scene.expect(try await scene.expired(of: scene.next), ["bob"], "after a hold's time")
            let shorter = try await scene.change(.setEnd(end + .seconds(300)), of: scene.next)
            try scene.expect(shorter.epoch, 2, "the epoch with an earlier end")
        },
        LedgerRule("A new end is to come, after the start, and before the next sale") { scene in
            let now = try await scene.bench.catalog.agenda().readAt
            try scene.expect(try await scene.ask(.setEnd(now + .seconds(-1))), .badEnd, "an end that has been")
            try scene.expect(
                try await scene.ask(.setEnd(now + .seconds(60)), of: scene.next), .badEnd, "an end before the start")
            let far = scene.next.startedAt + Limits.saleLength + .seconds(1)
            try scene.expect(try await scene.ask(.setEnd(far), of: scene.next), .badEnd, "an end too far off")
            let late = scene.next.startedAt + .seconds(60)
            try scene.expect(try await scene.ask(.setEnd(late)), .overlaps, "an end in the next sale")
            try scene.expect(try await scene.ask(.end, of: scene.next), .inactive, "to end what is to come")
            try scene.expect(try await scene.bench.catalog.sale(scene.sale.id), scene.sale, "the sale after all")
        },
        LedgerRule("Sales of two shops may overlap, and those of one may not") { scene in
            guard let lego = ShopID("lego") else { throw ConformanceFailure(description: "lego is no shop") }
            var plan = SalePlan(
                startedAt: scene.sale.startedAt, endedAt: scene.next.startedAt + .seconds(60), itemCount: 1,
                stockPerItem: 1, maxItemsPerBuyer: 1, hold: LedgerScene.hold, laneCount: scene.bench.lanes, shop: lego)
            guard case .created(let beside) = try await scene.bench.catalog.create(plan, fence: nil) else {
                throw ConformanceFailure(description: "a sale of another shop was refused")
            }
            try scene.expect(beside.shop, lego, "the shop")
            try scene.expect(scene.sale.shop, .main, "the shop of a sale that names none")
            plan.startedAt = scene.next.startedAt
            try scene.expect(try await scene.bench.catalog.create(plan, fence: nil), .overlaps, "a second one of it")
            plan.startedAt = plan.endedAt
            plan.endedAt = plan.endedAt + .seconds(60)
            guard case .created(let after) = try await scene.bench.catalog.create(plan, fence: nil) else {
                throw ConformanceFailure(description: "a sale after the shop's last was refused")
            }
            let late = SaleChange(
                .setEnd(after.startedAt + .seconds(30)), version: nil, actor: "ann", reason: "why", key: nil)
            try scene.expect(try await scene.bench.catalog.change(beside.id, late), .overlaps, "an end in the next")
            let later = SaleChange(
                .setEnd(scene.next.endedAt), version: nil, actor: "ann", reason: "why", key: nil)
            guard case .changed(let longer, _) = try await scene.bench.catalog.change(after.id, later) else {
                throw ConformanceFailure(description: "an end in a sale of another shop was refused")
            }
            try scene.expect(longer.shop, lego, "the shop after a change")
            let agenda = try await scene.bench.catalog.agenda().sales
            try scene.expect(agenda.map(\.shop).filter { $0 == lego }.count, 2, "the shop's sales in the agenda")
            let log = try await scene.bench.catalog.log(of: after.id, after: 0, limit: 1)
            try scene.expect(log.map(\.after.shop), [lego], "the shop in the log")
        },
        LedgerRule("Holds end in the order in which they were made, in a sale that was opened again") { scene in
            try await scene.pass(LedgerScene.length)
            let first = try await scene.hold(1, "ann", of: scene.next).cart
            _ = try await scene.change(.end, of: scene.next)
            let soon = try await scene.bench.catalog.agenda().readAt + .seconds(5)
            _ = try await scene.change(.setEnd(soon), of: scene.next)
            let second = try await scene.hold(2, "ann", of: scene.next).cart
            try scene.expect(second.expiresAt, first.expiresAt, "the end of the later hold")
        },
    ]

    /// Time that passes back is a clock that was set back: all that the ledger keeps is as much later by it.
    private static let clocks = [
        LedgerRule("Holds end in the order in which they were made, with a clock that is set back between them") {
            scene in
            try await scene.hold(1, "ann")
            try await scene.pass(.seconds(-40))
            try await scene.hold(2, "ann")
            try await scene.pass(.seconds(61))
            try scene.expect(try await scene.expired(), [], "when the second hold would have ended without the first")
            try scene.expect(try await scene.confirm(2, "ann").taken, 2, "what ann has then")
            try await scene.pass(.seconds(40))
            try scene.expect(try await scene.expired(), ["ann", "ann"], "when the first hold ends")
        },
        LedgerRule("A hold lasts for its time though the clock was set back, where none is left from before") { scene in
            try await scene.hold(1, "ann")
            try await scene.pass(LedgerScene.holdIsOver)
            try scene.expect(try await scene.expired(), ["ann"], "the hold from before")
            try await scene.pass(.seconds(-100))
            let cart = try await scene.hold(1, "ann").cart
            let now = try await scene.bench.catalog.agenda().readAt
            try scene.expect(cart.expiresAt <= now + LedgerScene.hold, true, "an end in time")
        },
    ]

    private static let versions = [
        LedgerRule("A change is for a version, and a stale one changes nothing") { scene in
            _ = try await scene.change(.pause(.holds), version: 1)
            try scene.expect(try await scene.ask(.resume, version: 1), .stale, "a stale change")
            try scene.expect(try await scene.bench.catalog.sale(scene.sale.id)?.pause, .holds, "the sale")
            try scene.expect(try await scene.change(.pause(.holds)).version, 2, "the version after a change of nothing")
            try scene.expect(try await scene.change(.resume, version: 2).version, 3, "the next version")
            let agenda = try await scene.bench.catalog.agenda().sales.first
            try scene.expect(agenda?.version, 3, "the version in the agenda")
            let unknown = try await scene.bench.catalog.change(
                SaleID(77), SaleChange(.resume, version: nil, actor: "ann", reason: "why", key: nil))
            try scene.expect(unknown, .notFound, "a sale that there is not")
        },
        LedgerRule("A change under a key is made once") { scene in
            let paused = try await scene.change(.pause(.all), version: 1, key: "k")
            _ = try await scene.change(.resume)
            try scene.expect(
                try await scene.ask(.pause(.all), version: 1, key: "k"), .changed(paused, isReplay: true), "again")
            try scene.expect(try await scene.ask(.resume, version: 1, key: "k"), .keyReused, "another act")
            let now = try await scene.bench.catalog.agenda().readAt
            _ = try await scene.change(.setEnd(now + .seconds(60)), key: "e")
            try scene.expect(try await scene.ask(.setEnd(now + .seconds(61)), key: "e"), .keyReused, "another end")
            try scene.expect(try await scene.bench.catalog.sale(scene.sale.id)?.version, 4, "the version")
        },
        LedgerRule("The log says what was changed, by whom, and why") { scene in
            let paused = try await scene.change(.pause(.holds))
            let ended = try await scene.change(.end)
            let log = try await scene.bench.catalog.log(of: scene.sale.id, after: 0, limit: 10)
            try scene.expect(log.map(\.act), ["pause_holds", "end"], "the acts")
            try scene.expect(log.map(\.actor), ["op", "op"], "the actors")
            try scene.expect(log.map(\.reason), ["why", "why"], "the reasons")
            try scene.expect(log.map(\.before), [scene.sale, paused], "the sales before")
            try scene.expect(log.map(\.after), [paused, ended], "the sales after")
            let rest = try await scene.bench.catalog.log(of: scene.sale.id, after: 2, limit: 10)
            try scene.expect(rest, [log[1]], "the rest")
            let page = try await scene.bench.catalog.log(of: scene.sale.id, after: 0, limit: 1)
            try scene.expect(page, [log[0]], "a short page")
        },
    ]
}

extension LedgerScene {
    /// Asks for a change of the sale, by `op`.
    func ask(
        _ act: SaleAct, version: Int32? = nil, key: String? = nil, of sale: Sale? = nil
    ) async throws -> ChangeOutcome {
        let change = SaleChange(
            act, version: version, actor: "op", reason: "why", key: key.flatMap(IdempotencyKey.init))
        return try await bench.catalog.change((sale ?? self.sale).id, change)
    }

    /// A change that must be made; the sale since then.
    func change(
        _ act: SaleAct, version: Int32? = nil, key: String? = nil, of sale: Sale? = nil
    ) async throws -> Sale {
        let outcome = try await ask(act, version: version, key: key, of: sale)
        guard case .changed(let sale, isReplay: false) = outcome else {
            throw ConformanceFailure(description: "the sale should be changed, got \(outcome)")
        }
        return sale
    }

    /// The end of a sale as the ledger has it, which moves with the time that passes.
    func end(of sale: Sale) async throws -> Timestamp {
        try await bench.catalog.sale(sale.id)?.endedAt ?? sale.endedAt
    }

    /// Runs the sweeper; the buyers whose holds it ended.
    func expired(of sale: Sale? = nil) async throws -> [String] {
        let fence = try await bench.nextFence(.sweeper)
        let outcome = try await expire(sale, atMost: 100, fence: fence)
        return outcome.ended.map(\.hold.buyer.description).sorted()
    }
}
