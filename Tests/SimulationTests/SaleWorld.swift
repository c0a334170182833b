// A sale over the stores in memory: lost facts, lost outcomes, duties with stale fences, and the drift check.

import FlashSaleTesting
import Synchronization
import Telemetry
import Textbook

@testable import FlashSale

/// Eight units, six buyers, and a gate and a ledger between which every third fact is lost.
struct SaleWorld: World {
    private static let stock: Int32 = 2
    private static let items: Int32 = 4
    private static let limit = 3

    private let ledger = InMemorySaleLedger()
    private let gate = InMemorySaleGate()
    private let board: SaleBoard
    private var sale: Sale?
    /// Two instances of the drift check. The first has the duty, under the newest fence.
    private var checks: [DriftCheck] = []
    private var checkFence = FencingNumber(0)
    private let rebuildsAsked = RebuildsAsked()
    private let start = ContinuousClock.now
    private var nextCode: UInt64 = 0
    /// What buyers were promised: holds, and orders.
    private var promised: [Hold] = []
    private var bought: [OrderID: Order] = [:]
    private var fences: [FencingNumber] = []
    private let flaw: Flaw?
    /// Units that the ledger holds, and the gate does not know yet.
    private var untold: Set<Int> = []
    private var released: [Int] = []

    init(_ generator: inout SplitMix64, flaw: Flaw?) {
        self.flaw = flaw
        board = SaleBoard(catalog: ledger)
    }

    private var deadline: Deadline { start + .seconds(1_000_000) }

    mutating func step(_ generator: inout SplitMix64) async throws {
        let sale = try await opened()
        switch Int.random(in: 0..<18, using: &generator) {
        case 0..<7: try await checkOut(sale, &generator)
        case 7..<9: try await buy(sale, &generator)
        case 9: try await cancel(sale, &generator)
        case 10..<12: pass(.milliseconds(Int.random(in: 0...900, using: &generator)))
        case 12:
            fences.append(ledger.nextFence(.sweeper))
            if Int.random(in: 0..<4, using: &generator) == 0 { try await takeOver() }
        case 13: try await sweep(sale, &generator)
        case 14..<16: try await act(sale, &generator)
        default: try await Int.random(in: 0..<4, using: &generator) == 0 ? settle(sale) : compare(sale)
        }
        try await check(self.sale ?? sale)
    }

    mutating func finish(_ generator: inout SplitMix64) async throws {
        try await settle(try await opened())
    }

    /// Buyers pause, and only the drift check finds lost facts; then both stores agree.
    private mutating func settle(_ sale: Sale) async throws {
        for _ in 0..<4 {
            try await compare(sale)
            pass(Limits.requestDeadline * 2)
        }
        try await compare(sale)
        let truth = try await ledger.snapshot(of: sale)
        let known = await gate.snapshot(of: sale)
        try require(known?.stock == truth.stock, "gate and ledger still differ")
        try require(
            known?.held.mapValues(\.code) == truth.held.mapValues(\.code),
            "gate and ledger still differ in their holds")
    }

    private mutating func opened() async throws -> Sale {
        if let sale { return sale }
        let created = try await ledger.openSale(
            items: Int(Self.items), stock: Int(Self.stock), limit: Self.limit, hold: .seconds(3))
        sale = created
        try await load(created)
        try await board.refresh()
        let (clock, opened) = (ledger.clock, ledger.clock.now)
        let upkeep: any LedgerUpkeep = flaw == .doubtsNothing ? LedgerWithoutDoubts(ledger: ledger) : ledger
        checks = (0..<2).map { _ in
            DriftCheck(
                board: board, gate: gate, ledger: upkeep, rebuild: { [rebuildsAsked] _ in rebuildsAsked.note() },
                instruments: Instruments().sale, now: { [start] in start + (clock.now - opened) })
        }
        checkFence = ledger.nextFence(.driftCheck)
        return created
    }

    private func load(_ sale: Sale) async throws {
        let isLoaded = try await gate.load(sale, epoch: sale.epoch) { () throws(LedgerFailure) in
            try await ledger.snapshot(of: sale)
        }
        try require(isLoaded, "the gate could not be loaded")
    }

    private func pass(_ duration: Duration) { ledger.clock.advance(by: duration) }

    private mutating func checkOut(_ sale: Sale, _ generator: inout SplitMix64) async throws {
        guard let buyer = BuyerID("buyer-\(Int.random(in: 1...6, using: &generator))") else { return }
        let item = ItemID(sale: sale.id, number: Int32.random(in: 1...Self.items, using: &generator))
        nextCode += 1
        let candidate = CheckoutCode(sale: sale.id, high: 1, low: nextCode)
        var request = CheckoutRequest(item: item, buyer: buyer, reservation: nil, candidate: candidate, key: nil)
        var reservation: Hold?
        if case .reserved(let unit, let code) = await gate.reserve(
            item, for: buyer, of: sale, candidate: candidate)
        {
            reservation = Hold(unit: unit, code: code, buyer: buyer, expiresAt: sale.endedAt)
            request.reservation = reservation
        }
        let recorded = try await ledger.record(request, deadline: deadline)
        if case .held(_, let number, _) = recorded {
            try require(sale.pause == nil, "a unit was held in a pause")
            untold.insert(sale.ordinal(of: Unit(item: item.number, number: number)))
        }
        // Sometimes the outcome is lost: nothing is promised, and the gate is told nothing.
        if Int.random(in: 0..<6, using: &generator) == 0 { return }
        guard case .held(let cart, let number, _) = recorded else {
            try await tell(reservation.map { [.released($0)] } ?? [], sale, &generator)
            return
        }
        let hold = Hold(
            unit: Unit(item: item.number, number: number), code: cart.code, buyer: buyer, expiresAt: cart.expiresAt)
        promised.append(hold)
        if reservation?.unit != hold.unit || reservation?.code != hold.code {
            try await tell((reservation.map { [.released($0)] } ?? []) + [.held(hold)], sale, &generator)
        }
    }

    private mutating func buy(_ sale: Sale, _ generator: inout SplitMix64) async throws {
        guard let hold = promised.randomElement(using: &generator) else { return }
        switch try await ledger.order(PurchaseRequest(code: hold.code, key: nil), deadline: deadline) {
        case .ordered(let order, let sold):
            bought[order.id] = order
            promised.removeAll { $0.code == hold.code }
            try await tell(sold.map { .sold($0.hold) }, sale, &generator)
        case .alreadyProcessed(let order, _): bought[order.id] = order
        case .paused: try require(sale.pause == .all, "a purchase was refused for a pause that there is not")
        case .expired, .notFound:
            try require(hold.expiresAt <= ledger.clock.now, "a live promise could not be bought")
        }
    }

    private mutating func cancel(_ sale: Sale, _ generator: inout SplitMix64) async throws {
        guard let hold = promised.randomElement(using: &generator) else { return }
        let outcome = try await ledger.release(hold.code, item: nil, by: nil, in: nil, deadline: deadline)
        guard case .released(let holds, _) = outcome else { return }
        promised.removeAll { $0.code == hold.code }
        try await tell(holds.map { .released($0.hold) }, sale, &generator)
        if flaw == .releasesTwice { await releaseAgain(sale, &generator) }
        released += holds.map { sale.ordinal(of: $0.hold.unit) }
    }

    /// An operator acts, by the version that it has seen or by an old one.
    private mutating func act(_ sale: Sale, _ generator: inout SplitMix64) async throws {
        let later = ledger.clock.now + .seconds(3_600)
        let count = Int32.random(in: 1...3, using: &generator)
        let order = sale.endedAt <= ledger.clock.now ? nil : bought.values.min { $0.id.number < $1.id.number }
        var acts: [SaleAct] = [
            .pause(.holds), .pause(.all), .resume, .resume, .end, .setEnd(later), .setEnd(later),
            .restock(unitsPerItem: count), .price(item: count, minorUnits: Int64(count)),
        ]
        if let order { acts += [.refund(order.code, items: nil), .refund(order.code, items: nil)] }
        guard let act = acts.randomElement(using: &generator) else { return }
        let isStale = Int.random(in: 0..<4, using: &generator) == 0
        let change = SaleChange(
            act, version: sale.version - (isStale ? 1 : 0), actor: "op", reason: "for the test", key: nil)
        switch try await ledger.change(sale.id, change) {
        case .changed(let changed, _):
            try require(!isStale, "a stale change was made")
            if changed.epoch != sale.epoch { try await load(changed) }
            if case .refund = act, let order { bought[order.id] = nil }
            // With another stock every ordinal is another unit's.
            if changed.unitCount != sale.unitCount { (untold, released) = ([], []) }
            if changed.unitCount != sale.unitCount { try await board.refresh() }
            self.sale = changed
        case .stale: try require(isStale, "a change was called stale, and was not")
        case .inactive: try require(sale.endedAt <= ledger.clock.now, "a sale that is on was called inactive")
        case .stockInUse: try require(count < sale.stockPerItem, "a larger stock was called too small")
        default: try require(false, "a good change was refused")
        }
    }

    /// The second, later effect of a release that does not check the code.
    private func releaseAgain(_ sale: Sale, _ generator: inout SplitMix64) async {
        guard let ordinal = released.randomElement(using: &generator),
            let other = await gate.snapshot(of: sale)?.held[ordinal]
        else { return }
        await gate.tell([.released(other)], of: sale)
    }

    private mutating func sweep(_ sale: Sale, _ generator: inout SplitMix64) async throws {
        guard let fence = fences.randomElement(using: &generator) else { return }
        let expired = try await ledger.expire(sale.id, in: nil, atMost: 100, fence: fence)
        try require((expired == .stale) == (fence != fences.last), "a stale fence counted, or the newest did not")
        let now = ledger.clock.now
        try require(expired.ended.allSatisfy { $0.hold.expiresAt + Limits.holdGrace <= now }, "a hold ended early")
        try await tell(expired.ended.map { .released($0.hold) }, sale, &generator)
    }

    /// Tells the gate, or loses it on the way.
    private func tell(_ facts: [GateFact], _ sale: Sale, _ generator: inout SplitMix64) async throws {
        if facts.isEmpty || Int.random(in: 0..<3, using: &generator) == 0 { return }
        await gate.tell(facts, of: sale)
    }

    private func compare(_ sale: Sale) async throws {
        if flaw == .forgetsTheLost { return }
        let outcome = try await checks[0].tick(board.active(in: .main), checkFence)
        try require(outcome != .stale, "the newest fence is stale")
        if rebuildsAsked.take() { try await load(sale) }
    }

    /// The other instance gets the duty, and the former holder goes on for a moment.
    private mutating func takeOver() async throws {
        let former = checkFence
        checkFence = ledger.nextFence(.driftCheck)
        checks.swapAt(0, 1)
        try require(try await checks[1].tick(board.active(in: .main), former) == .stale, "a stale drift check goes on")
    }

    private mutating func check(_ sale: Sale) async throws {
        let truth = try await ledger.snapshot(of: sale)
        try require(truth.bought.values.allSatisfy { $0 <= Self.limit }, "a buyer is over the limit")
        try require(truth.bought.values.reduce(0, +) == truth.count.sold, "more or fewer units are sold than bought")
        let now = ledger.clock.now
        promised.removeAll { $0.expiresAt <= now }
        for promise in promised {
            let live = truth.held[sale.ordinal(of: promise.unit)]
            try require(live?.code == promise.code && live?.buyer == promise.buyer, "a promise was not kept")
            try require(live.map { $0.expiresAt >= promise.expiresAt } ?? true, "a hold ends sooner than was promised")
        }
        guard let known = await gate.snapshot(of: sale) else { return }
        untold = untold.filter { ordinal in
            truth.held[ordinal].map { known.held[ordinal]?.code != $0.code } ?? false
        }
        for ordinal in truth.held.keys where !untold.contains(ordinal) {
            try require(!known.isFree(ordinal), "the gate offers a unit that it knew to be held")
        }
        let sold = bought.values.reduce(0) { $0 + $1.soldCount }
        try require(sold <= truth.count.sold, "an order that a buyer knows is not in the ledger")
    }
}

/// A ledger that does not tell which units are in doubt.
private struct LedgerWithoutDoubts: LedgerUpkeep {
    let ledger: InMemorySaleLedger

    func changes(
        of sale: Sale, after page: ChangePage?, fence: FencingNumber
    ) async throws(LedgerFailure) -> ChangesOutcome {
        let outcome = try await ledger.changes(of: sale, after: page, fence: fence)
        guard case .read(let page) = outcome else { return outcome }
        return .read(
            ChangePage(page.changes.filter { $0.kind != .doubted }, end: page.end, isFull: page.isFull))
    }

    func stock(of sale: Sale, units: Range<Int>) async throws(LedgerFailure) -> StockBits {
        try await ledger.stock(of: sale, units: units)
    }

    func units(_ ordinals: [Int], of sale: Sale) async throws(LedgerFailure) -> [UnitState] {
        try await ledger.units(ordinals, of: sale)
    }

    func snapshot(of sale: Sale) async throws(LedgerFailure) -> StockSnapshot { try await ledger.snapshot(of: sale) }

    func expire(
        _ sale: SaleID, in lane: Lane?, atMost limit: Int, fence: FencingNumber
    ) async throws(LedgerFailure) -> ExpireOutcome {
        try await ledger.expire(sale, in: lane, atMost: limit, fence: fence)
    }

    func raiseEpoch(of sale: SaleID, _ raise: EpochRaise) async throws(LedgerFailure) -> Int32? {
        try await ledger.raiseEpoch(of: sale, raise)
    }

    func retire(
        _ policy: RetentionPolicy, atMost limit: Int, fence: FencingNumber
    ) async throws(LedgerFailure) -> RetireOutcome {
        try await ledger.retire(policy, atMost: limit, fence: fence)
    }
}

/// Whether the drift check has asked for a rebuild since it was last looked at.
private final class RebuildsAsked: Sendable {
    private let isAsked = Atomic(false)

    func note() { isAsked.store(true, ordering: .relaxed) }

    func take() -> Bool { isAsked.exchange(false, ordering: .relaxed) }
}
