// The pool on the I/O thread. It performs the actions of PoolState and keeps the waiting calls.

internal import Synchronization
internal import Telemetry
internal import Textbook

/// Unchecked, because the I/O thread alone uses all but the counts and `submit`.
final class PostgresPool: EventLoopMember, @unchecked Sendable {
    /// Blocking calls, over all clients of the process.
    private static let lookups = CallThreads(limit: 4)

    let configuration: PostgresClientConfiguration
    let parameters: ConnectionParameters
    let loop: EventLoopThread
    let observe: @Sendable (PostgresClientEvent) -> Void
    private let published: Mutex<PostgresPoolCounts>

    private var state: PoolState
    private var generator = SystemRandomNumberGenerator()
    private var sessions: [SessionID: PostgresSession] = [:]
    private var waiting: [WaiterID: PendingCall] = [:]
    private var actions: [PoolState.Action] = []
    private var isPerforming = false
    private var retryAt: ContinuousClock.Instant?
    private var endDeadline: ContinuousClock.Instant?
    private var endWaiters: [CheckedContinuation<Void, Never>] = []
    /// The server to which a session was opened last.
    private var lastServer: ConnectionParameters?
    private var lastFailure = "no connection was tried yet"
    private var lastFailureState: String?
    /// Whether the last attempt to open a session failed.
    private var hasFailedToOpen = false
    /// No deadline lies before this moment. The moment may be too early, because the call that set it may be over. Then
    /// `tick` finds nothing and sets the next one.
    private(set) var nextCheck: ContinuousClock.Instant?

    init(
        _ configuration: PostgresClientConfiguration, _ parameters: ConnectionParameters, loop: EventLoopThread,
        observe: @escaping @Sendable (PostgresClientEvent) -> Void
    ) {
        self.configuration = configuration
        self.parameters = parameters
        self.loop = loop
        self.observe = observe
        let limits = PoolState.Limits(
            sessionsMin: configuration.connectionsMin, sessionsMax: configuration.connectionsMax,
            waitersMax: configuration.waitersMax, idleTimeout: configuration.idleTimeout,
            lifetime: configuration.connectionLifetime
        )
        state = PoolState(
            limits: limits, backoff: Backoff(configuration.backoff)
        )
        published = Mutex(PostgresPoolCounts(max: configuration.connectionsMax))
    }

    // From any thread.

    var counts: PostgresPoolCounts { published.withLock { $0 } }

    func submit(_ command: PoolCommand) { loop.submit(.pool(self, command)) }

    // On the I/O thread from here on.

    func run(_ command: PoolCommand) {
        switch command {
        case .start(let call): start(call)
        case .abort(let call): abort(call)
        case .release(let lease): release(lease)
        case .resolved(let session, let result): sessions[session]?.resolved(result)
        case .warm: perform(state.warm())
        case .shutDown(let deadline):
            endDeadline = deadline
            expect(deadline)
            perform(state.shutDown())
        case .awaitEnd(let continuation): endWaiters.append(continuation)
        }
        settle()
    }

    func tick(now: ContinuousClock.Instant) {
        guard let moment = nextCheck, moment <= now else { return }
        perform(state.retryDue(now: now))
        perform(state.expire(now: now))
        perform(state.retire(now: now))
        let isOver = endDeadline.map { $0 <= now } ?? false
        for session in Array(sessions.values) {
            if isOver {
                session.abandon(.shutDown, "the client was shut down before the statement ended", closing: .shutdown)
            } else if let deadline = session.deadline, deadline <= now {
                session.abandon(.deadlineExceeded, "the deadline passed before the server answered")
            }
        }
        if let at = retryAt, at <= now { retryAt = nil }
        let due = [state.earliestDeadline, state.nextRetirement, retryAt].compactMap { $0 }
        let deadlines = sessions.values.compactMap(\.deadline) + due
        nextCheck = (deadlines + (sessions.isEmpty ? [] : [endDeadline].compactMap { $0 })).min()
        settle()
    }

    func closeSessions(before origin: ServerOrigin) {
        for session in Array(sessions.values) {
            guard let own = session.origin, own.systemIdentifier == origin.systemIdentifier,
                own.timeline < origin.timeline
            else { continue }
            session.abandon(.connectionLost, "the server is a former primary")
        }
    }

    /// Has the loop wake at a deadline.
    private func expect(_ deadline: ContinuousClock.Instant) {
        nextCheck = nextCheck.map { min($0, deadline) } ?? deadline
    }

    // What sessions report.

    private func heard(_ event: SessionEvent, from id: SessionID) {
        guard let session = sessions[id] else { return }
        switch event {
        case .needsLookup(let servers): lookUp(servers, for: session)
        case .expects(let deadline): expect(deadline)
        case .opened:
            lastServer = session.server
            hasFailedToOpen = false
            observe(.connectionOpened)
            perform(state.opened(id, now: .now))
            expectRetirement(of: id)
            settle()
        case .finished(let call, let result):
            // The session's next call is sent before the caller of this one is resumed.
            state.answered(id)
            if session.lease == nil { free(session) }
            settle()
            call.finish(result)
        case .lost(let error, let call, let wasOpen):
            sessions[id] = nil
            lastFailure = error.message
            lastFailureState = error.sqlState
            if wasOpen { observe(.connectionClosed(session.closeReason)) } else { hasFailedToOpen = true }
            let isOurs = error.code != .connectionLost && error.code != .connectionFailed
            perform(state.lost(id, isOurs: isOurs, now: .now, using: &generator))
            settle()
            call?.finish(.failure(error))
        }
    }

    private func lookUp(_ servers: ServerList, for session: PostgresSession) {
        let id = session.id
        let isStarted = Self.lookups.run { [self] in submit(.resolved(id, servers.resolved())) }
        if !isStarted { session.resolved(.failure(.init(sentence: "too many host names are being looked up"))) }
    }

    private func start(_ call: PendingCall) {
        let now = ContinuousClock.now
        if call.isCancelled { return call.fail(.cancelled, "the task was cancelled before the statement was sent") }
        if call.deadline <= now {
            return call.fail(.deadlineExceeded, "the deadline had passed before the statement was sent")
        }
        if let lease = call.lease {
            guard let session = sessions[lease.session], session.lease == lease else {
                return call.fail(.connectionLost, "the borrowed connection is gone: \(lastFailure)")
            }
            return session.start(call)
        }
        waiting[call.id] = call
        let patience = min(call.deadline, now.advanced(by: configuration.acquireTimeout))
        perform(state.admit(call.id, deadline: patience))
        if waiting[call.id] != nil { expect(patience) }
    }

    private func abort(_ call: PendingCall) {
        if waiting[call.id] != nil { return perform(state.cancel(call.id)) }
        guard let session = sessions.values.first(where: { $0.call === call }) else { return }
        session.abandon(.cancelled, "the task was cancelled before the server answered")
    }

    private func release(_ lease: Lease) {
        guard let session = sessions[lease.session], session.lease == lease else { return }
        session.lease = nil
        free(session)
    }

    /// The borrower is done with the session. A session with an open transaction or COPY is closed.
    private func free(_ session: PostgresSession) {
        if session.isClean {
            perform(state.sessionFreed(session.id, now: .now))
            expectRetirement(of: session.id)
        } else {
            session.abandon(.misuse, "a connection was left within a transaction or a COPY")
        }
    }

    private func expectRetirement(of session: SessionID) {
        if let moment = state.retirement(of: session) { expect(moment) }
    }

    /// Performs the actions in order. Actions that follow from them come last, so this never recurses.
    private func perform(_ new: [PoolState.Action]) {
        actions.append(contentsOf: new)
        guard !isPerforming else { return }
        isPerforming = true
        defer { isPerforming = false }
        while !actions.isEmpty {
            let batch = actions
            actions.removeAll()
            for action in batch { perform(action) }
        }
    }

    private func perform(_ action: PoolState.Action) {
        switch action {
        case .open:
            let id = SessionID(number: loop.newNumber())
            let session = PostgresSession(id: id, loop: loop, configuration: configuration) { [unowned self] event in
                heard(event, from: id)
            }
            state.opening(id)
            sessions[id] = session
            session.connect(parameters, first: lastServer)
        case .assign(let id, let session):
            assign(waiting.removeValue(forKey: id), to: sessions[session])
        case .refuse(let id, let refusal):
            guard let call = waiting.removeValue(forKey: id) else { return }
            refuse(call, refusal)
        case .close(let id, let reason):
            let why =
                switch reason {
                case .shutdown: "the client was shut down"
                case .idle: "the connection has been idle for too long"
                case .lifetime, .error: "the connection has reached its maximum age"
                }
            sessions[id]?.abandon(.shutDown, why, closing: reason)
        case .retry(let at):
            retryAt = at
            expect(at)
        }
    }

    private func assign(_ call: PendingCall?, to session: PostgresSession?) {
        guard let call else {
            if let session { free(session) }
            return
        }
        guard let session else { return call.fail(.connectionLost, "the connection broke before it was used") }
        observe(.waited(call.assigned(at: .now)))
        if case .lease = call.step {
            let lease = Lease(session: session.id, number: call.id.number)
            session.lease = lease
            call.finish(.success(.lease(lease)))
        } else {
            session.start(call)
        }
    }

    private func refuse(_ call: PendingCall, _ refusal: PoolState.Refusal) {
        switch refusal {
        case .queueFull:
            call.fail(.queueFull, "\(configuration.waitersMax) calls are waiting for a connection already")
        case .deadlineExceeded:
            observe(.timedOut)
            let why = hasFailedToOpen ? ", nor could one be made: \(lastFailure)" : ""
            let error = PostgresError(
                .deadlineExceeded, "no connection was free in time\(why)",
                sqlState: hasFailedToOpen ? lastFailureState : nil, at: call.site)
            call.finish(.failure(error))
        case .cancelled: call.fail(.cancelled, "the task was cancelled while it waited for a connection")
        case .shutDown: call.fail(.shutDown, "the client has been shut down")
        case .unreachable:
            call.finish(
                .failure(PostgresError(.connectionFailed, lastFailure, sqlState: lastFailureState, at: call.site))
            )
        }
    }

    private func settle() {
        let counts = PostgresPoolCounts(
            active: state.activeCount, idle: state.idleCount, connecting: state.connectingCount,
            max: configuration.connectionsMax, waiters: state.waiterCount,
            preparedStatements: sessions.values.reduce(0) { $0 + $1.preparedCount }
        )
        published.withLock { $0 = counts }
        guard state.isShutDown, state.isEmpty, sessions.isEmpty else { return }
        for waiter in endWaiters { waiter.resume() }
        endWaiters.removeAll()
        loop.remove(self)
    }
}
