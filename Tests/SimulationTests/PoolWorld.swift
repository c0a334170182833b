// The pool of connections under any order of calls, failures and deadlines.

import Textbook

@testable import LibpqClient

/// Calls and sessions of one pool. The world plays the event loop and the server.
struct PoolWorld: World {
    private static let limits = PoolState.Limits(
        sessionsMin: 1, sessionsMax: 4, waitersMax: 6, idleTimeout: .milliseconds(300), lifetime: .seconds(3))

    private enum Session {
        case connecting
        case idle
        case busy(WaiterID)
    }

    private var pool: PoolState
    private let start = ContinuousClock.now
    private var elapsed = Duration.zero
    private var nextNumber: UInt64 = 0
    private var sessions: [SessionID: Session] = [:]
    private var waiting: [WaiterID: ContinuousClock.Instant] = [:]
    private var retryAt: ContinuousClock.Instant?
    private var isShutDown = false

    init(_ generator: inout SplitMix64, flaw: Flaw?) {
        pool = PoolState(
            limits: Self.limits, backoff: Backoff(.init(minimum: .milliseconds(20), maximum: .milliseconds(200))))
    }

    private var now: ContinuousClock.Instant { start + elapsed }

    mutating func step(_ generator: inout SplitMix64) throws {
        switch Int.random(in: 0..<14, using: &generator) {
        case 0..<4: try admit(&generator)
        case 4..<6: try pass(.milliseconds(Int.random(in: 0...60, using: &generator)))
        case 6..<8:
            if let session = pick(&generator, where: { if case .connecting = $0 { true } else { false } }) {
                sessions[session] = .idle
                try perform(pool.opened(session, now: now))
            }
        case 8..<11:
            if let session = pick(&generator, where: { if case .busy = $0 { true } else { false } }) {
                pool.answered(session)
                sessions[session] = .idle
                try perform(pool.sessionFreed(session, now: now))
            }
        case 11:
            if let session = pick(&generator, where: { _ in true }) {
                sessions[session] = nil
                let isOurs = Bool.random(using: &generator)
                try perform(pool.lost(session, isOurs: isOurs, now: now, using: &generator))
            }
        case 12:
            let waiters = waiting.keys.sorted { $0.number < $1.number }
            if !waiters.isEmpty {
                try perform(pool.cancel(waiters[Int.random(in: 0..<waiters.count, using: &generator)]))
            }
        default: try perform(pool.warm())
        }
        try check()
    }

    mutating func finish(_ generator: inout SplitMix64) throws {
        isShutDown = true
        try perform(pool.shutDown())
        try require(waiting.isEmpty, "\(waiting.count) calls wait for a pool that is shut down")
        for session in sessions.keys.sorted(by: { $0.number < $1.number }) {
            switch sessions[session] {
            case .busy:
                sessions[session] = .idle
                try perform(pool.sessionFreed(session, now: now))
            case .connecting, .idle, nil: break
            }
        }
        for session in sessions.keys.sorted(by: { $0.number < $1.number }) {
            sessions[session] = nil
            try perform(pool.lost(session, isOurs: true, now: now, using: &generator))
        }
        try require(pool.isEmpty && sessions.isEmpty, "a session is left")
    }

    private mutating func admit(_ generator: inout SplitMix64) throws {
        nextNumber += 1
        let waiter = WaiterID(number: nextNumber)
        let deadline = now + .milliseconds(Int.random(in: 1...200, using: &generator))
        waiting[waiter] = deadline
        try perform(pool.admit(waiter, deadline: deadline))
    }

    private mutating func pass(_ duration: Duration) throws {
        elapsed += duration
        try perform(pool.expire(now: now))
        try require(waiting.values.allSatisfy { $0 > now }, "a call waits past its deadline")
        if let at = retryAt, at <= now {
            retryAt = nil
            try perform(pool.retryDue(now: now))
        }
        try perform(pool.retire(now: now))
    }

    private mutating func perform(_ actions: [PoolState.Action]) throws {
        for action in actions {
            switch action {
            case .open:
                nextNumber += 1
                let session = SessionID(number: nextNumber)
                pool.opening(session)
                sessions[session] = .connecting
            case .assign(let waiter, let session):
                try require(waiting.removeValue(forKey: waiter) != nil, "a call ended twice")
                guard case .idle = sessions[session] else { throw Breach("a session serves two calls") }
                sessions[session] = .busy(waiter)
            case .refuse(let waiter, let refusal):
                try require(waiting.removeValue(forKey: waiter) != nil, "a call ended twice")
                try require(refusal != .shutDown || isShutDown, "a call was refused by a pool that is open")
            case .close(let session, _):
                if case .busy = sessions[session] { throw Breach("a session was closed under its call") }
                // The event loop would report the end later; here it is at once.
                sessions[session] = nil
                var unused = SplitMix64(seed: 0)
                try perform(pool.lost(session, isOurs: true, now: now, using: &unused))
            case .retry(let at): retryAt = at
            }
        }
    }

    private func pick(_ generator: inout SplitMix64, where isMeant: (Session) -> Bool) -> SessionID? {
        let meant = sessions.filter { isMeant($0.value) }.keys.sorted { $0.number < $1.number }
        return meant.isEmpty ? nil : meant[Int.random(in: 0..<meant.count, using: &generator)]
    }

    private func check() throws {
        let busy = sessions.values.count { if case .busy = $0 { true } else { false } }
        let idle = sessions.values.count { if case .idle = $0 { true } else { false } }
        try require(sessions.count <= Self.limits.sessionsMax, "\(sessions.count) sessions")
        try require(waiting.count <= Self.limits.waitersMax, "\(waiting.count) calls wait")
        try require(pool.waiterCount == waiting.count, "the pool knows \(pool.waiterCount) calls, not \(waiting.count)")
        try require(pool.activeCount == busy, "the pool knows \(pool.activeCount) busy sessions, not \(busy)")
        try require(pool.idleCount == idle, "the pool knows \(pool.idleCount) idle sessions, not \(idle)")
        try require(waiting.isEmpty || idle == 0, "a call waits beside an idle session")
        // Something will serve the waiters: a busy or connecting session, or the next attempt to connect.
        try require(waiting.isEmpty || sessions.count > 0 || retryAt != nil, "calls wait, and nothing will serve them")
    }
}
