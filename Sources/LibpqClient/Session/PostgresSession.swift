// One libpq connection, on the I/O thread. This file alone sends anything to a server.
//
// Trust rule: a session is closed and never used again if its call ended without the server's complete result, because
// the next bytes could belong to that call.

internal import CLibpq
internal import CLinux
internal import Telemetry

final class PostgresSession {
    let id: SessionID
    unowned let loop: EventLoopThread
    let connectTimeout: Duration
    private var setUp: SessionSetUp
    let report: (SessionEvent) -> Void
    var phase = SessionPhase.resolving
    var handle: OpaquePointer?
    private var socket: WatchedSocket
    var connectDeadline: ContinuousClock.Instant?
    var turns: ServerTurns
    /// The server that it is connected to, or was told to try first.
    var server: ConnectionParameters?
    /// Where that server stands; nil before the session is open, and of one that need not write.
    private(set) var origin: ServerOrigin?
    private var prepared: PreparedStatements
    /// The step in flight, and its result so far.
    private(set) var call: PendingCall?
    private var rows: PostgresRows?
    private var failure: PostgresError?
    private var wasInTransaction = false
    let notices = SessionNotices()
    /// The lease of the borrower; nil if the session is not lent.
    var lease: Lease?
    /// Why the session was closed.
    private(set) var closeReason = ConnectionCloseReason.error

    init(
        id: SessionID, loop: EventLoopThread, configuration: PostgresClientConfiguration,
        report: @escaping (SessionEvent) -> Void
    ) {
        self.id = id
        self.loop = loop
        self.report = report
        connectTimeout = configuration.connectTimeout
        setUp = SessionSetUp(configuration)
        turns = ServerTurns(first: nil, within: connectTimeout)
        socket = WatchedSocket(on: loop, number: id.number)
        prepared = PreparedStatements(countMax: configuration.preparedStatementsMax)
    }

    var preparedCount: Int { prepared.count }

    var deadline: ContinuousClock.Instant? { connectDeadline ?? call?.deadline }

    /// True if the session can serve another caller: nothing in flight, no transaction open.
    var isClean: Bool { phase == .ready && PQtransactionStatus(handle) == PQTRANS_IDLE }

    // MARK: - Connecting

    private func pollConnecting() {
        switch PQconnectPoll(handle) {
        case PGRES_POLLING_READING: watch(EPOLLIN.rawValue, isNewSocket: true)
        case PGRES_POLLING_WRITING: watch(EPOLLOUT.rawValue, isNewSocket: true)
        case PGRES_POLLING_OK:
            if let refusal = SessionSetUp.refusal(ofServer: PQserverVersion(handle)) { return lose(refusal) }
            guard PQsetnonblocking(handle, 1) == 0 else { return loseConnection() }
            watch(EPOLLIN.rawValue, isNewSocket: true)
            phase = .settingUp
            if PQsendQuery(handle, setUp.statement) == 1 { flush() } else { loseConnection() }
        default: loseConnection()
        }
    }

    private func finishSetUp() {
        guard PQconsumeInput(handle) == 1 else { return loseConnection() }
        switch setUp.result(over: handle) {
        case .success(let origin):
            if let refusal = origin.flatMap(loop.refusal(of:)) { return lose(refusal) }
            self.origin = origin
            connectDeadline = nil
            phase = .ready
            report(.opened)
        case .failure(let failure): lose(.connectionFailed, failure.message, sqlState: failure.sqlState)
        case nil: break
        }
    }

    // MARK: - Calls

    /// Starts a step. The session must be ready, or in a COPY for the steps of one.
    func start(_ call: PendingCall) {
        guard self.call == nil else {
            return call.fail(.misuse, "a borrowed connection runs one statement at a time")
        }
        guard phase == (call.step.isWithinCopy ? .copying : .ready) else {
            return call.fail(.misuse, "the step does not fit the connection: a COPY is under way, or none is")
        }
        self.call = call
        rows = nil
        failure = nil
        wasInTransaction = PQtransactionStatus(handle) != PQTRANS_IDLE
        report(.expects(call.deadline))
        send(call)
    }

    private func send(_ call: PendingCall) {
        let isSent: Bool
        switch call.step {
        case .lease: preconditionFailure("only the pool gives a lease")
        case .statement(let statement, let parameters): isSent = send(statement, parameters, for: call)
        case .script(let statement), .copyBegin(let statement):
            phase = .running
            isSent = PQsendQuery(handle, statement.sql) == 1
        case .copyData(let bytes):
            phase = .flushing
            isSent = bytes.withUnsafeBytes { raw in
                PQputCopyData(handle, raw.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(raw.count)) == 1
            }
        case .copyEnd(let refusal):
            phase = .running
            isSent = PQputCopyEnd(handle, refusal) == 1
        }
        if isSent { flush() } else { loseConnection() }
    }

    private func send(_ statement: PostgresStatement, _ parameters: ParameterBuffer, for call: PendingCall) -> Bool {
        switch prepared.way(to: statement) {
        case .unnamed:
            phase = .running
            return parameters.withPointers { count, values, lengths, formats in
                PQsendQueryParams(handle, statement.sql, count, nil, values, lengths, formats, 1) == 1
            }
        case .prepare:
            phase = .preparing
            return PQsendPrepare(handle, statement.name, statement.sql, 0, nil) == 1
        case .prepared:
            phase = .running
            return parameters.withPointers { count, values, lengths, formats in
                PQsendQueryPrepared(handle, statement.name, count, values, lengths, formats, 1) == 1
            }
        }
    }

    /// Writes libpq's buffer to the socket. If some is left, the loop wakes the session when the socket has room.
    private func flush() {
        switch PQflush(handle) {
        case 0:
            watch(EPOLLIN.rawValue)
            if phase == .flushing {
                phase = .copying
                finish(.success(.done))
            }
        case 1: watch(EPOLLIN.rawValue | EPOLLOUT.rawValue)
        default: loseConnection()
        }
    }

    // MARK: - Results

    func socketIsReady() {
        switch phase {
        case .closed, .resolving: break
        case .connecting: pollConnecting()
        case .settingUp: finishSetUp()
        case .ready, .copying:
            // Between calls only notices, changed settings and the end of the connection arrive. During a COPY an error
            // may arrive too; libpq keeps it until the COPY ends.
            if PQconsumeInput(handle) == 0 || PQstatus(handle) == CONNECTION_BAD { loseConnection() }
        case .flushing:
            if PQconsumeInput(handle) == 0 { loseConnection() } else { flush() }
        case .preparing, .running:
            let isAlive = PQconsumeInput(handle) == 1
            if isAlive && socket.events & EPOLLOUT.rawValue != 0 { flush() }
            // Also after a failure: the server may have said why before it closed the connection.
            collect()
        }
    }

    private func collect() {
        while phase == .preparing || phase == .running, PQisBusy(handle) == 0 {
            guard let result = PQgetResult(handle) else { return complete() }
            take(result)
        }
    }

    private func take(_ result: OpaquePointer) {
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
            if let call {
                rows = PostgresRows(owning: result, site: call.site, waited: call.waited)
            } else {
                PQclear(result)
            }
        case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
            let isIn = PQresultStatus(result) == PGRES_COPY_IN
            PQclear(result)
            if case .copyBegin = call?.step, isIn {
                phase = .copying
                finish(.success(.done))
            } else {
                abandon(.misuse, "only copyIn can run a COPY")
            }
        default:
            if failure == nil, let call { failure = PostgresError(result, at: call.site) }
            PQclear(result)
        }
    }

    /// The result is complete.
    private func complete() {
        guard PQstatus(handle) != CONNECTION_BAD else { return loseConnection() }
        guard let call else { preconditionFailure("a result without a call") }
        if phase == .preparing, failure == nil, case .statement(let statement, _) = call.step {
            prepared.add(statement)
            return send(call)
        }
        if let failure, failure.isOfStaleSession { return lose(failure) }
        if notices.waitWasBrokenOff { return lose(.connectionLost, "the server broke off its wait for its standby") }
        phase = .ready
        if let failure {
            finish(.failure(failure))
        } else if let rows {
            finish(.success(.rows(rows)))
        } else {
            lose(.connectionLost, "the server sent no result")
        }
    }

    private func finish(_ result: Result<PendingCall.Reply, PostgresError>) {
        guard let finished = call else { return }
        call = nil
        rows = nil
        failure = nil
        report(.finished(finished, result))
    }

    // MARK: - The end

    /// Gives up the call in flight: asks the server to stop it, and closes the connection.
    func abandon(_ code: PostgresError.Code, _ message: String, closing reason: ConnectionCloseReason = .error) {
        if phase != .closed { closeReason = reason }
        if phase.isOpen, call != nil { StopRequest.send(for: handle) }
        lose(code == .deadlineExceeded && !phase.isOpen ? .connectionFailed : code, message)
    }

    /// libpq has given up the connection.
    private func loseConnection() {
        let message = handle.map(PostgresError.message(of:)) ?? "no connection"
        if let failure {
            lose(.connectionLost, failure.message, sqlState: failure.sqlState)
        } else if phase.isOpen {
            lose(.connectionLost, message)
        } else {
            lose(.connectionFailed, message, sqlState: PostgresError.stateOfRefusal(message))
        }
    }

    func lose(_ code: PostgresError.Code, _ message: String, sqlState: String? = nil) {
        let site = call?.site ?? CallSite(statementName: nil, file: #fileID, line: #line)
        let mayHaveTakenEffect =
            phase == .running && call?.step.mayHaveTakenEffect(inTransaction: wasInTransaction) == true
        lose(PostgresError(code, message, sqlState: sqlState, isOutcomeUnknown: mayHaveTakenEffect, at: site))
    }

    private func lose(_ error: PostgresError) {
        guard phase != .closed else { return }
        let (lost, wasOpen) = (call, phase.isOpen)
        var error = error
        socket.unwatch()
        PQfinish(handle)
        handle = nil
        if phase == .connecting || phase == .settingUp, error.code == .connectionFailed {
            turns.failed(error)
            if openNext() { return }
            error = turns.failure ?? error
        }
        loop.removeSocket(id.number)
        connectDeadline = nil
        call = nil
        rows = nil
        failure = nil
        phase = .closed
        prepared.removeAll()
        report(.lost(error, during: lost, wasOpen: wasOpen))
    }

    func watch(_ events: UInt32, isNewSocket: Bool = false) {
        if !socket.watch(PQsocket(handle), for: events, isNew: isNewSocket) { loseConnection() }
    }
}
