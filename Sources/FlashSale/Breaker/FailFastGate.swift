// The gate as buyers meet it: behind a circuit breaker. CircuitBreaker decides, this type acts.

import Synchronization
import Telemetry

/// A gate that returns `unavailable` at once while the gate behind it is slow or dead.
///
/// Only steps that a buyer waits for are held back. Facts are passed on in any state, because each lost fact is drift.
/// If the gate has failed a moment ago, they are passed on afterwards, and no buyer waits for them.
public final class FailFastGate: SaleGate {
    private let gate: any SaleGate
    private let afterwards: Afterwards
    private let waiting: WaitingTime?
    private let clock: @Sendable () -> ContinuousClock.Instant
    private let breaker: Mutex<CircuitBreaker>

    /// - Parameter waiting: by which a step's time is the gate's and not its thread's; nil for all of its time.
    public init(
        _ gate: any SaleGate, afterwards: Afterwards, bounds: CircuitBreaker.Bounds = CircuitBreaker.Bounds(),
        waiting: WaitingTime? = nil,
        clock: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
    ) {
        self.gate = gate
        self.afterwards = afterwards
        self.waiting = waiting
        self.clock = clock
        breaker = Mutex(CircuitBreaker(bounds))
    }

    /// Whether steps ask the gate now. Other reads that a buyer waits for can follow this, and skip the gate.
    public var isClosed: Bool { breaker.withLock { $0.isClosed } }

    public func reserve(
        _ item: ItemID, for buyer: BuyerID, of sale: Sale, candidate: CheckoutCode
    ) async -> ReserveOutcome {
        guard let step = begin() else { return .unavailable }
        let outcome = await gate.reserve(item, for: buyer, of: sale, candidate: candidate)
        end(step, isReplied: outcome != .unavailable)
        return outcome
    }

    public func begin(_ code: CheckoutCode) async -> BeginOutcome {
        guard let step = begin() else { return .unavailable }
        let outcome = await gate.begin(code)
        end(step, isReplied: outcome != .unavailable)
        return outcome
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
            await gate.settle(facts, of: sale, unlocking: lock, for: .nobody)
        }
        if !isRunning, let lock { gate.forget(lock) }
        return false
    }

    /// No buyer waits for a lock to be released.
    @discardableResult
    public func unlock(_ lock: CodeLock) async -> Bool { await gate.unlock(lock) }

    public func forget(_ lock: CodeLock) { gate.forget(lock) }

    /// A step that asks the gate.
    private struct Step {
        let permit: CircuitBreaker.Permit
        let startedAt: ContinuousClock.Instant
        let waitedBefore: Duration?
    }

    private func begin() -> Step? {
        let now = clock()
        let permit = breaker.withLock { $0.begin(at: now) }
        guard permit != .none else { return nil }
        return Step(permit: permit, startedAt: now, waitedBefore: waiting?.soFar())
    }

    private func end(_ step: Step, isReplied: Bool) {
        let now = clock()
        // A buyer that hangs up ends its own step, which says nothing about the gate. Otherwise a few clients that send
        // and close could keep the gate from all others.
        let isAbandoned = !isReplied && Task.isCancelled
        // A thread that has been at other work all the time says nothing of how long the gate took.
        let waited = waiting.flatMap { waiting in step.waitedBefore.map { waiting.soFar() - $0 } }
        let elapsed = now - step.startedAt
        let duration = waited.map { min($0, elapsed) } ?? elapsed
        breaker.withLock { breaker in
            if isAbandoned {
                breaker.abandon(step.permit, at: now)
            } else {
                breaker.end(step.permit, isReplied: isReplied, after: duration, at: now)
            }
        }
    }
}
