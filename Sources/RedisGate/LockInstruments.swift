// The metrics of the locks of codes (type purchase) and of duties, and the spans of their acquisition.
//
// Conservation: every attempt ends in exactly one of acquired, alreadyLocked and failed. Every acquired lock is
// released or forgotten once.

internal import FlashSale
internal import HiredisClient
internal import Synchronization
internal import Telemetry

/// The state of a lock when its holder released or extended it.
enum UnlockOutcome: Sendable {
    case released
    case expired
    case stolen

    /// Reads what settle.lua, unlock.lua and renew.lua return.
    init(_ code: Int64) {
        switch code {
        case 1: self = .released
        case 3: self = .stolen
        default: self = .expired
        }
    }
}

final class LockInstruments: Sendable {
    /// An attempt to get a lock.
    struct Attempt {
        let type: LockType
        let startedAt: ContinuousClock.Instant
        let trace: Trace?
        let span: Trace.OpenSpan?

        init(type: LockType) {
            self.type = type
            trace = Trace.current
            span = trace?.begin(.lockAcquire)
            startedAt = .now
        }

        /// Ends the span.
        func end(isAcquired: Bool, after wait: Duration) {
            guard let trace, let span else { return }
            trace.end(span) { span in
                span.set(.lockType, type)
                span.set(.lockIsAcquired, isAcquired ? 1 : 0)
                span.set(.lockWait, Int64(wait.wholeNanoseconds))
            }
        }
    }

    private let instruments: RedisInstruments
    /// When this process acquired the locks that it holds, by their tokens.
    private let acquiredAt = Mutex<[String: ContinuousClock.Instant]>([:])

    init(_ instruments: RedisInstruments) {
        self.instruments = instruments
    }

    func attempt(_ type: LockType) -> Attempt {
        instruments.lockAttemptsTotal.increment(type)
        return Attempt(type: type)
    }

    func acquired(_ attempt: Attempt, token: String) {
        let now = ContinuousClock.now
        instruments.lockSuccessTotal.increment(attempt.type)
        instruments.lockWaitDurationSeconds.observe(now - attempt.startedAt, attempt.type)
        attempt.end(isAcquired: true, after: now - attempt.startedAt)
        let isRemembered = acquiredAt.withLock { locks in
            guard locks.count < GateLimits.locksRemembered else { return false }
            locks[token] = now
            return true
        }
        if isRemembered { instruments.locksHeld.add(1, attempt.type) }
    }

    func alreadyLocked(_ attempt: Attempt) {
        failed(attempt, .alreadyLocked)
    }

    func failed(_ attempt: Attempt, _ error: RedisError) {
        failed(attempt, error.code == .deadlineExceeded ? .timeout : .redisError)
    }

    /// Counts a lost lock once, however often its holder then tries to extend or release it.
    func released(_ type: LockType, token: String, as result: UnlockOutcome) {
        guard forgotten(type, token: token) else { return }
        if result != .released { Trace.current?.note(.lockLost) }
        switch result {
        case .released: break
        case .expired: instruments.lockLostTotal.increment(LockLossLabels(type, .expired))
        case .stolen: instruments.lockLostTotal.increment(LockLossLabels(type, .stolen))
        }
    }

    /// Stops counting a lock that this process no longer holds, though Redis may not know. Returns whether it did hold
    /// it.
    @discardableResult
    func forgotten(_ type: LockType, token: String) -> Bool {
        guard let since = acquiredAt.withLock({ $0.removeValue(forKey: token) }) else { return false }
        instruments.locksHeld.add(-1, type)
        instruments.lockDurationSeconds.observe(ContinuousClock.now - since, type)
        return true
    }

    private func failed(_ attempt: Attempt, _ reason: LockFailureReason) {
        instruments.lockFailureTotal.increment(LockFailureLabels(attempt.type, reason))
        let wait = ContinuousClock.now - attempt.startedAt
        instruments.lockWaitDurationSeconds.observe(wait, attempt.type)
        attempt.end(isAcquired: false, after: wait)
    }
}
