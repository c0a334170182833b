// The decisions of the pool: which call gets which session, which calls wait or are refused, and when to connect. It
// does no I/O: its methods are events and return actions, which PostgresPool performs.
//
//               admit                        sessionFreed
//   (caller) ─────────► waiting ─────────────────────────────► assigned to a session
//       │ refused: queue full, shut down,  │ refused: deadline, cancelled,
//       ▼ nothing reachable                ▼ shut down, nothing reachable
//
//                opened                 assign
//   connecting ─────────► idle ◄────────────────────► busy          lost, from any state: gone, and replaced on demand
//                           │ retire: too long idle, or past its life
//                           ▼
//                         closing

internal import Telemetry
internal import Textbook

struct PoolState {
    enum Action: Equatable {
        case open
        case assign(WaiterID, SessionID)
        case refuse(WaiterID, Refusal)
        case close(SessionID, ConnectionCloseReason)
        /// Call `retryDue` at this moment, not before.
        case retry(at: ContinuousClock.Instant)
    }

    enum Refusal: Equatable {
        case queueFull
        case deadlineExceeded
        case cancelled
        case shutDown
        /// There is no session, and the last attempt to make one failed.
        case unreachable
    }

    struct Limits: Equatable, Sendable {
        var sessionsMin: Int
        var sessionsMax: Int
        var waitersMax: Int
        /// How long a session beyond the minimum may be idle; nil for ever.
        var idleTimeout: Duration?
        /// How old a session becomes, less up to a tenth; nil for ever.
        var lifetime: Duration?
    }

    private enum Phase {
        case connecting
        case idle
        case busy
    }

    private struct Session {
        var phase: Phase
        /// True once a call on it had a result. A session that breaks before counts as a failed attempt; else the pool
        /// would call a server that accepts and drops connections without a pause.
        var isProven = false
        /// When its life is over; not nil once it is open.
        var expiresAt: ContinuousClock.Instant?
        /// When it was last freed.
        var idleSince: ContinuousClock.Instant?
    }

    private struct Waiter {
        let id: WaiterID
        let deadline: ContinuousClock.Instant
    }

    let limits: Limits
    private var backoff: Backoff
    private var sessions: [SessionID: Session] = [:]
    /// The session that was freed last is taken first: its server process has the warmest caches.
    private var idle: [SessionID] = []
    private var waiters: [Waiter] = []
    private var isWarm = false
    private(set) var isShutDown = false
    /// Not nil between a failed attempt and the next one.
    private var retryAt: ContinuousClock.Instant?
    /// Sessions that an `open` action asked for and that `opening` has not named yet.
    private var announced = 0

    init(limits: Limits, backoff: Backoff) {
        precondition(limits.sessionsMin >= 0 && limits.sessionsMin <= limits.sessionsMax, "the pool's minimum")
        precondition(limits.sessionsMax > 0 && limits.waitersMax > 0, "a pool has sessions and a queue")
        self.limits = limits
        self.backoff = backoff
    }

    var idleCount: Int { idle.count }
    var activeCount: Int { sessions.values.count { $0.phase == .busy } }
    var connectingCount: Int { sessions.values.count { $0.phase == .connecting } + announced }
    var waiterCount: Int { waiters.count }
    var isEmpty: Bool { sessions.isEmpty && announced == 0 }
    private var establishedCount: Int { sessions.values.count { $0.phase != .connecting } }
    /// After one failed attempt calls go on waiting: the line may have been cut, and the next attempt comes soon. Two
    /// failures in a row mean that the server is away.
    private var isUnreachable: Bool { retryAt != nil && backoff.attempts > 1 && establishedCount == 0 }

    /// The earliest deadline of a waiting call.
    var earliestDeadline: ContinuousClock.Instant? { waiters.lazy.map(\.deadline).min() }

    /// From now on the pool keeps its minimum of sessions.
    mutating func warm() -> [Action] {
        isWarm = true
        return openings()
    }

    mutating func admit(_ waiter: WaiterID, deadline: ContinuousClock.Instant) -> [Action] {
        if isShutDown { return [.refuse(waiter, .shutDown)] }
        if let session = idle.popLast() {
            sessions[session]!.phase = .busy
            return [.assign(waiter, session)]
        }
        if isUnreachable { return [.refuse(waiter, .unreachable)] }
        if waiters.count >= limits.waitersMax { return [.refuse(waiter, .queueFull)] }
        waiters.append(Waiter(id: waiter, deadline: deadline))
        return openings()
    }

    /// An `open` action is being performed; the session has this id.
    mutating func opening(_ session: SessionID) {
        announced -= 1
        sessions[session] = Session(phase: .connecting)
    }

    mutating func opened(_ session: SessionID, now: ContinuousClock.Instant) -> [Action] {
        guard sessions[session]?.phase == .connecting else { return [] }
        // Sessions that open together must not end together: their numbers spread them over a tenth of a life.
        sessions[session]!.expiresAt = limits.lifetime.map { lifetime in
            now.advanced(by: lifetime - lifetime * Int(session.number % 16) / 160)
        }
        return offer(session, now: now)
    }

    /// A session's call is over, and it can take another.
    mutating func sessionFreed(_ session: SessionID, now: ContinuousClock.Instant) -> [Action] {
        guard sessions[session]?.phase == .busy else { return [] }
        return offer(session, now: now)
    }

    /// A call on the session had a result: the server is well.
    mutating func answered(_ session: SessionID) {
        sessions[session]?.isProven = true
        backoff.reset()
    }

    /// A session could not be made, or is gone. The pool ends its call.
    ///
    /// - Parameter isOurs: true if the client closed it, for example at a deadline; that is no failure of the server.
    mutating func lost(
        _ session: SessionID, isOurs: Bool = false, now: ContinuousClock.Instant,
        using generator: inout some RandomNumberGenerator
    ) -> [Action] {
        guard let gone = sessions.removeValue(forKey: session) else { return [] }
        idle.removeAll { $0 == session }
        if isShutDown || isOurs || gone.isProven { return openings() }
        var actions: [Action] = []
        if retryAt == nil {
            let at = now.advanced(by: backoff.next(using: &generator))
            retryAt = at
            actions.append(.retry(at: at))
        }
        if isUnreachable {
            actions += waiters.map { .refuse($0.id, .unreachable) }
            waiters.removeAll()
        }
        return actions
    }

    mutating func retryDue(now: ContinuousClock.Instant) -> [Action] {
        guard let at = retryAt, at <= now else { return [] }
        retryAt = nil
        return openings()
    }

    /// The deadlines up to now have passed.
    mutating func expire(now: ContinuousClock.Instant) -> [Action] {
        let late = waiters.filter { $0.deadline <= now }
        waiters.removeAll { $0.deadline <= now }
        return late.map { .refuse($0.id, .deadlineExceeded) }
    }

    /// A caller has given up. Does nothing if its call no longer waits.
    mutating func cancel(_ waiter: WaiterID) -> [Action] {
        guard let index = waiters.firstIndex(where: { $0.id == waiter }) else { return [] }
        waiters.remove(at: index)
        return [.refuse(waiter, .cancelled)]
    }

    /// New and waiting calls are refused. Busy sessions end when they are freed.
    mutating func shutDown() -> [Action] {
        isShutDown = true
        let actions: [Action] =
            waiters.map { .refuse($0.id, .shutDown) }
            + sessions.filter { $0.value.phase != .busy }.map { .close($0.key, .shutdown) }
        waiters.removeAll()
        return actions
    }

    /// Closes idle sessions whose life is over, and those beyond the minimum that were idle for too long.
    mutating func retire(now: ContinuousClock.Instant) -> [Action] {
        var actions: [Action] = []
        var kept: [SessionID] = []
        for id in idle {
            guard let session = sessions[id] else { continue }
            if let expiresAt = session.expiresAt, expiresAt <= now {
                actions.append(.close(id, .lifetime))
            } else if let end = idleEnd(of: session), end <= now, sessions.count - actions.count > limits.sessionsMin {
                actions.append(.close(id, .idle))
            } else {
                kept.append(id)
            }
        }
        idle = kept
        return actions
    }

    /// The earliest moment at which `retire` would close a session; nil if there is none.
    var nextRetirement: ContinuousClock.Instant? { idle.lazy.compactMap(retirement).min() }

    /// When an idle session must be closed.
    func retirement(of id: SessionID) -> ContinuousClock.Instant? {
        guard let session = sessions[id], session.phase == .idle else { return nil }
        let idleEnd = sessions.count > limits.sessionsMin ? idleEnd(of: session) : nil
        return [session.expiresAt, idleEnd].compactMap { $0 }.min()
    }

    private func idleEnd(of session: Session) -> ContinuousClock.Instant? {
        guard let since = session.idleSince, let timeout = limits.idleTimeout else { return nil }
        return since.advanced(by: timeout)
    }

    private mutating func offer(_ session: SessionID, now: ContinuousClock.Instant) -> [Action] {
        if isShutDown { return [.close(session, .shutdown)] }
        if let end = sessions[session]!.expiresAt, end <= now { return [.close(session, .lifetime)] }
        if waiters.isEmpty {
            sessions[session]!.phase = .idle
            sessions[session]!.idleSince = now
            idle.append(session)
            return []
        }
        sessions[session]!.phase = .busy
        return [.assign(waiters.removeFirst().id, session)]
    }

    /// Opens as many sessions as the waiting calls and the minimum need, within the maximum, and none during a backoff.
    private mutating func openings() -> [Action] {
        guard !isShutDown, retryAt == nil else { return [] }
        let total = sessions.count + announced
        let wanted = max(isWarm ? limits.sessionsMin : 0, activeCount + waiters.count)
        let missing = max(0, min(wanted, limits.sessionsMax) - total)
        announced += missing
        return Array(repeating: .open, count: missing)
    }
}
