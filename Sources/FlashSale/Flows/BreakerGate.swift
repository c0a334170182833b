// The gate as buyers meet it: behind a breaker. What the breaker decides is in GateBreaker.

import Synchronization
import Telemetry

/// A gate that answers `unavailable` at once while the gate behind it is slow or dead.
///
/// Only what a buyer waits for is held back. Facts are passed on in any state, for each that is lost is drift; while
/// the breaker is open, or the gate has failed a moment ago, nobody waits for them.
public final class BreakerGate: SaleGate {
    private let gate: any SaleGate
    private let afterwards: Afterwards
    private let clock: @Sendable () -> ContinuousClock.Instant
    private let breaker: Mutex<GateBreaker>

    public init(
        _ gate: any SaleGate, afterwards: Afterwards, bounds: GateBreaker.Bounds = GateBreaker.Bounds(),
        clock: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
    ) {
        self.gate = gate
        self.afterwards = afterwards
        self.clock = clock
        breaker = Mutex(GateBreaker(bounds))
    }

    public func reserve(
        _ item: ItemID, for buyer: BuyerID, of sale: Sale, candidate: CheckoutCode
    ) async -> ReserveAnswer {
        guard let step = begin() else { return .unavailable }
        let answer = await gate.reserve(item, for: buyer, of: sale, candidate: candidate)
        end(step, isAnswered: answer != .unavailable)
        return answer
    }

    public func begin(_ code: CheckoutCode) async -> BeginAnswer {
        guard let step = begin() else { return .unavailable }
        let answer = await gate.begin(code)
        end(step, isAnswered: answer != .unavailable)
        return answer
    }

    @discardableResult
    public func settle(
        _ facts: [GateFact], of sale: Sale, unlocking lock: CodeLock?, for waiter: GateWaiter
    ) async -> Bool {
        let now = clock()
        if breaker.withLock({ $0.isTrusted(at: now) }) {
            return await gate.settle(facts, of: sale, unlocking: lock, for: waiter)
        }
        let isRunning = afterwards.run(.gateSettle) { [gate] in
            await gate.settle(facts, of: sale, unlocking: lock)
        }
        if !isRunning, let lock { gate.forget(lock) }
        return false
    }

    /// No buyer waits for a lock to be given back.
    @discardableResult
    public func unlock(_ lock: CodeLock) async -> Bool { await gate.unlock(lock) }

    public func forget(_ lock: CodeLock) { gate.forget(lock) }

    public func load(
        _ sale: Sale, epoch: Int32, snapshot: @Sendable () async throws(LedgerFailure) -> StockSnapshot
    ) async throws(LedgerFailure) -> Bool {
        try await gate.load(sale, epoch: epoch, snapshot: snapshot)
    }

    /// A count that is missing may only mean that the gate is not loaded: it is not held against it.
    public func count(_ sale: Sale) async -> StockCount? {
        breaker.withLock { $0.isClosed } ? await gate.count(sale) : nil
    }

    public func snapshot(of sale: Sale, items: ClosedRange<Int32>) async -> StockSnapshot? {
        await gate.snapshot(of: sale, items: items)
    }

    /// A buyer's step that was put to the gate.
    private struct Step {
        let permit: GateBreaker.Permit
        let startedAt: ContinuousClock.Instant
    }

    private func begin() -> Step? {
        let now = clock()
        let permit = breaker.withLock { $0.begin(at: now) }
        return permit == .none ? nil : Step(permit: permit, startedAt: now)
    }

    private func end(_ step: Step, isAnswered: Bool) {
        let now = clock()
        // A buyer who hangs up ends his own step and says nothing of the gate: a few who send and close would else keep
        // it from everybody.
        let isAbandoned = !isAnswered && Task.isCancelled
        breaker.withLock { breaker in
            if isAbandoned {
                breaker.abandon(step.permit, at: now)
            } else {
                breaker.end(step.permit, isAnswered: isAnswered, after: now - step.startedAt, at: now)
            }
        }
    }
}
