// Rebuilds while everything goes on: checkouts, purchases, another rebuild, a FLUSHALL in between.

import FlashSaleTesting
import Telemetry
import Textbook

@testable import FlashSale

/// One ledger, one gate that is emptied again and again, and instances that rebuild the sale under new and old fences.
struct RebuildWorld: World {
    /// What happens during a load, or between two.
    private enum Event {
        case checkOut(item: Int32, buyer: Int, code: CheckoutCode)
        case buy(CheckoutCode)
        case cancel(CheckoutCode)
        case flush
        case pass(Duration)
    }

    private let flaw: Flaw?
    private let ledger = InMemorySaleLedger()
    private let gate = InMemorySaleGate()
    private var sale: Sale?
    private var codes: [CheckoutCode] = []
    private var fences: [FencingNumber] = []
    private var epochLoaded: Int32 = 0

    init(_ generator: inout SplitMix64, flaw: Flaw?) {
        self.flaw = flaw
    }

    private static let deadline = ContinuousClock.now + .seconds(1_000_000)

    mutating func step(_ generator: inout SplitMix64) async throws {
        let sale = try await opened()
        switch Int.random(in: 0..<8, using: &generator) {
        case 0..<5: try await Self.happen(event(sale, &generator), sale, ledger, gate)
        case 5: fences.append(ledger.nextRebuildFence(of: sale.id))
        default: try await rebuild(sale, &generator)
        }
    }

    /// The last holder can load the gate, and then it equals the ledger.
    mutating func finish(_ generator: inout SplitMix64) async throws {
        let sale = try await opened()
        ledger.clock.advance(by: .seconds(1))
        fences = [ledger.nextRebuildFence(of: sale.id)]
        try await rebuild(sale, &generator, meanwhile: [])
        try require(await gate.count(sale) != nil, "the gate is not loaded in the end")
    }

    private mutating func opened() async throws -> Sale {
        if let sale { return sale }
        let opened = try await ledger.openSale(items: 6, stock: 2, limit: 4, hold: .seconds(1_000_000))
        sale = opened
        return opened
    }

    private mutating func event(_ sale: Sale, _ generator: inout SplitMix64) -> Event {
        switch Int.random(in: 0..<8, using: &generator) {
        case 0..<4:
            let code = CheckoutCode(sale: sale.id, high: 1, low: UInt64(codes.count + 1))
            codes.append(code)
            return .checkOut(
                item: Int32.random(in: 1...sale.itemCount, using: &generator),
                buyer: Int.random(in: 1...8, using: &generator), code: code)
        case 4: return .cancel(codes.randomElement(using: &generator) ?? CheckoutCode(sale: sale.id, high: 0, low: 0))
        case 5: return .buy(codes.randomElement(using: &generator) ?? CheckoutCode(sale: sale.id, high: 0, low: 0))
        case 6: return .pass(.milliseconds(Int.random(in: 0...700, using: &generator)))
        default: return .flush
        }
    }

    private mutating func rebuild(
        _ sale: Sale, _ generator: inout SplitMix64, meanwhile given: [Event]? = nil
    ) async throws {
        guard let fence = fences.randomElement(using: &generator), let known = try await ledger.sale(sale.id) else {
            return
        }
        let raised = try await ledger.raiseEpoch(of: sale.id, EpochRaise(seen: known.epoch, fence: fence))
        try require(raised == nil || fence == fences.last, "a stale holder has raised the epoch")
        guard let epoch = flaw == .epochNotRaised ? known.epoch : raised else { return }
        var events: [Event] = given ?? []
        if given == nil {
            for _ in 0..<Int.random(in: 0...6, using: &generator) { events.append(event(sale, &generator)) }
        }
        let first = events.isEmpty ? 0 : Int.random(in: 0...events.count, using: &generator)
        let isTold = flaw != .factsNotKept
        let isLoaded = try await gate.load(known, epoch: epoch) { [ledger, gate, events] () throws(LedgerFailure) in
            for event in events[..<first] { try await Self.happen(event, sale, ledger, gate, isTold: isTold) }
            let snapshot = try await ledger.snapshot(of: sale)
            for event in events[first...] { try await Self.happen(event, sale, ledger, gate, isTold: isTold) }
            return snapshot
        }
        guard isLoaded else { return }
        try require(epoch > epochLoaded, "the epoch \(epoch) was loaded after \(epochLoaded)")
        epochLoaded = epoch
        let truth = try await ledger.snapshot(of: sale)
        let held = await gate.snapshot(of: sale)
        try require(held?.stock == truth.stock, "a load differs from the ledger")
        try require(
            held?.held.mapValues(\.code) == truth.held.mapValues(\.code), "a load differs from the ledger in its holds")
    }

    /// Every fact reaches the gate, loaded or not.
    private static func happen(
        _ event: Event, _ sale: Sale, _ ledger: InMemorySaleLedger, _ gate: InMemorySaleGate, isTold: Bool = true
    ) async throws(LedgerFailure) {
        var facts: [GateFact] = []
        switch event {
        case .checkOut(let item, let number, let code):
            guard let buyer = BuyerID("buyer-\(number)") else { return }
            let request = CheckoutRequest(
                item: ItemID(sale: sale.id, number: item), buyer: buyer, reservation: nil, candidate: code, key: nil)
            guard case .held(let cart, let unit, false) = try await ledger.record(request, deadline: deadline) else {
                return
            }
            facts = [
                .held(
                    Hold(
                        unit: Unit(item: item, number: unit), code: cart.code, buyer: buyer, expiresAt: cart.expiresAt))
            ]
        case .buy(let code):
            let ordered = try await ledger.order(PurchaseRequest(code: code, key: nil), deadline: deadline)
            if case .ordered(_, let sold) = ordered { facts = sold.map { .sold($0.hold) } }
        case .cancel(let code):
            let released = try await ledger.release(code, item: nil, by: nil, in: nil, deadline: deadline)
            if case .released(let holds, _) = released { facts = holds.map { .released($0.hold) } }
        case .flush: gate.flush()
        case .pass(let duration): ledger.clock.advance(by: duration)
        }
        if isTold, !facts.isEmpty { await gate.tell(facts, of: sale) }
    }
}

extension InMemorySaleLedger {
    /// Creates a sale that is on and stays on.
    func openSale(items: Int, stock: Int, limit: Int, hold: Duration) async throws -> Sale {
        let now = try await agenda().readAt
        let plan = SalePlan(
            startedAt: now + .seconds(-1), endedAt: now + .seconds(1_000_000), itemCount: items, stockPerItem: stock,
            maxItemsPerBuyer: limit, hold: hold)
        guard case .created(let sale) = try await create(plan, fence: nil) else {
            throw Breach("the sale could not be created")
        }
        return sale
    }
}
