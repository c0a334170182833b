// One libpq connection, on the I/O thread. This file alone sends anything to a server.
//
//   resolving ──► connecting ──► ready ──► preparing ──► running ──► ready
//    (a name)     (PQconnectPoll)  │ (first use of a name)  ▲
//                                  ├────────────────────────┤
//                                  └──► running (COPY) ──► copying ◄──► flushing
//                                                             └──► running ──► ready
//
//   any ──► closed: an error of the connection, a deadline, a cancelled task, a shutdown. Never from closed to another.
//
// Trust rule: a session whose call ended in any way but the server's complete answer is closed, never used again, for
// nobody can tell what the next bytes on it would belong to.

internal import CLibpq
internal import CLinux
internal import Telemetry

final class PostgresSession {
    private enum Phase {
        case resolving
        case connecting
        case ready
        case preparing
        case running
        case copying
        case flushing
        case closed
    }

    /// Blocking calls, over all clients of the process.
    private static let lookups = CallThreads(limit: 4)
    private static let cancels = CallThreads(limit: 8)

    let id: SessionID
    private unowned let pool: PostgresPool
    private var phase = Phase.resolving
    private var handle: OpaquePointer?
    private var descriptor: Int32 = -1
    private var watched: UInt32 = 0
    private var connectDeadline: ContinuousClock.Instant?
    /// The SQL behind each name that this connection has prepared.
    private var prepared: [String: String] = [:]
    /// The step in flight, and what the server has answered to it so far.
    private(set) var call: PendingCall?
    private var rows: PostgresRows?
    private var failure: PostgresError?
    private var wasInTransaction = false
    /// Who has borrowed the session.
    var lease: Lease?
    /// Why it is closed, once it is.
    private(set) var closeReason = ConnectionCloseReason.error

    init(id: SessionID, pool: PostgresPool) {
        self.id = id
        self.pool = pool
    }

    var preparedCount: Int { prepared.count }

    var deadline: ContinuousClock.Instant? { connectDeadline ?? call?.deadline }

    /// True if the session can serve another caller: nothing in flight, no transaction open.
    var isClean: Bool { phase == .ready && PQtransactionStatus(handle) == PQTRANS_IDLE }

    private var isOpen: Bool {
        switch phase {
        case .resolving, .connecting, .closed: false
        case .ready, .preparing, .running, .copying, .flushing: true
        }
    }

    // MARK: Connecting

    func connect() {
        pool.loop.add(self)
        let deadline = ContinuousClock.now.advanced(by: pool.configuration.connectTimeout)
        connectDeadline = deadline
        pool.expect(deadline)
        guard pool.parameters.needsResolution else { return connect(with: pool.parameters) }
        let (id, pool, parameters) = (id, pool, pool.parameters)
        let isStarted = Self.lookups.run {
            pool.submit(.resolved(id, parameters.resolved()))
        }
        if !isStarted { lose(.connectionFailed, "too many host names are being looked up") }
    }

    /// The host has been looked up; too late, if the session is closed.
    func resolved(_ result: Result<ConnectionParameters, ConnectionParameters.LookupFailure>) {
        guard phase == .resolving else { return }
        switch result {
        case .success(let parameters): connect(with: parameters)
        case .failure(let failure): lose(.connectionFailed, failure.sentence)
        }
    }

    private func connect(with parameters: ConnectionParameters) {
        phase = .connecting
        handle = parameters.startConnecting()
        guard let handle, PQstatus(handle) != CONNECTION_BAD else {
            return lose(.connectionFailed, handle.map(Self.message(of:)) ?? "out of memory")
        }
        // Without this libpq prints the server's notices to standard error.
        PQsetNoticeProcessor(handle, { _, _ in }, nil)
        watch(EPOLLOUT.rawValue)
    }

    private func pollConnecting() {
        switch PQconnectPoll(handle) {
        case PGRES_POLLING_READING: watch(EPOLLIN.rawValue, isNewSocket: true)
        case PGRES_POLLING_WRITING: watch(EPOLLOUT.rawValue, isNewSocket: true)
        case PGRES_POLLING_OK:
            guard PQsetnonblocking(handle, 1) == 0 else { return loseConnection() }
            watch(EPOLLIN.rawValue, isNewSocket: true)
            connectDeadline = nil
            phase = .ready
            pool.sessionOpened(self)
        default: loseConnection()
        }
    }

    // MARK: Calls

    /// Starts a step. The session must be ready, or in a COPY for the steps of one.
    func start(_ call: PendingCall) {
        guard self.call == nil else {
            return call.fail(.misuse, "a borrowed connection runs one statement at a time")
        }
        let isStepOfCopy: Bool
        switch call.step {
        case .copyData, .copyEnd: isStepOfCopy = true
        case .lease, .statement, .script, .copyBegin: isStepOfCopy = false
        }
        guard isStepOfCopy ? phase == .copying : phase == .ready else {
            return call.fail(.misuse, "a COPY is under way on the connection, or none is")
        }
        self.call = call
        rows = nil
        failure = nil
        wasInTransaction = PQtransactionStatus(handle) != PQTRANS_IDLE
        pool.expect(call.deadline)
        send(call)
    }

    private func send(_ call: PendingCall) {
        let isSent: Bool
        switch call.step {
        case .lease: preconditionFailure("a loan is the pool's to give")
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
        let known = prepared[statement.name]
        let hasRoom = known != nil || prepared.count < pool.configuration.preparedStatementsMax
        // A second statement under a taken name is parsed each time, and so is what finds no room.
        guard statement.isPrepared, hasRoom, known == nil || known == statement.sql else {
            phase = .running
            return parameters.withPointers { count, values, lengths, formats in
                PQsendQueryParams(handle, statement.sql, count, nil, values, lengths, formats, 1) == 1
            }
        }
        guard known != nil else {
            phase = .preparing
            return PQsendPrepare(handle, statement.name, statement.sql, 0, nil) == 1
        }
        phase = .running
        return parameters.withPointers { count, values, lengths, formats in
            PQsendQueryPrepared(handle, statement.name, count, values, lengths, formats, 1) == 1
        }
    }

    /// Pushes what libpq holds to the socket, and has the loop say when more would fit.
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

    // MARK: Answers

    func socketIsReady() {
        switch phase {
        case .closed, .resolving: break
        case .connecting: pollConnecting()
        case .ready, .copying:
            // Between calls only notices, changed settings and the end of the connection arrive; during a COPY also an
            // error, which libpq keeps until the COPY is ended.
            if PQconsumeInput(handle) == 0 || PQstatus(handle) == CONNECTION_BAD { loseConnection() }
        case .flushing:
            if PQconsumeInput(handle) == 0 { loseConnection() } else { flush() }
        case .preparing, .running:
            let isAlive = PQconsumeInput(handle) == 1
            if isAlive && watched & EPOLLOUT.rawValue != 0 { flush() }
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
            if let call { rows = PostgresRows(owning: result, site: call.site) } else { PQclear(result) }
        case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
            let isIn = PQresultStatus(result) == PGRES_COPY_IN
            PQclear(result)
            if case .copyBegin = call?.step, isIn {
                phase = .copying
                finish(.success(.done))
            } else {
                abandon(.misuse, "a COPY can be done by copyIn alone")
            }
        default:
            if failure == nil, let call { failure = Self.error(from: result, at: call.site) }
            PQclear(result)
        }
    }

    /// The server has answered completely.
    private func complete() {
        guard PQstatus(handle) != CONNECTION_BAD else { return loseConnection() }
        guard let call else { preconditionFailure("an answer without a call") }
        if phase == .preparing, failure == nil, case .statement(let statement, _) = call.step {
            prepared[statement.name] = statement.sql
            return send(call)
        }
        if let state = failure?.sqlState, Self.statesOfStalePlans.contains(state) {
            // Its prepared statements are no longer what they were: a connection that has none comes in its place.
            return lose(failure!)
        }
        phase = .ready
        if let failure {
            finish(.failure(failure))
        } else if let rows {
            finish(.success(.rows(rows)))
        } else {
            lose(.connectionLost, "the server answered with no result")
        }
    }

    /// feature_not_supported ("cached plan must not change result type") and invalid_sql_statement_name.
    private static let statesOfStalePlans: Set<String> = ["0A000", "26000"]

    private func finish(_ result: Result<PendingCall.Reply, PostgresError>) {
        guard let finished = call else { return }
        call = nil
        rows = nil
        failure = nil
        pool.session(self, finished: finished, with: result)
    }

    // MARK: The end

    /// Gives up what is in flight: asks the server to stop it, and closes the connection.
    func abandon(_ code: PostgresError.Code, _ message: String, closing reason: ConnectionCloseReason = .error) {
        if phase != .closed { closeReason = reason }
        if isOpen, call != nil, let cancel = PQgetCancel(handle) {
            nonisolated(unsafe) let cancel = cancel
            let isStarted = Self.cancels.run {
                var complaint = [CChar](repeating: 0, count: 256)
                _ = PQcancel(cancel, &complaint, Int32(complaint.count))
                PQfreeCancel(cancel)
            }
            // Then the statement timeout ends it.
            if !isStarted { PQfreeCancel(cancel) }
        }
        lose(code == .deadlineExceeded && !isOpen ? .connectionFailed : code, message)
    }

    /// libpq has given the connection up.
    private func loseConnection() {
        let message = handle.map(Self.message(of:)) ?? "no connection"
        if let failure {
            lose(.connectionLost, failure.message, sqlState: failure.sqlState)
        } else if isOpen {
            lose(.connectionLost, message)
        } else {
            lose(.connectionFailed, message, sqlState: Self.isTooMany(message) ? "53300" : nil)
        }
    }

    private func lose(_ code: PostgresError.Code, _ message: String, sqlState: String? = nil) {
        let site = call?.site ?? CallSite(statementName: nil, file: #fileID, line: #line)
        lose(PostgresError(code, message, sqlState: sqlState, isOutcomeUnknown: mayHaveTakenEffect, at: site))
    }

    private func lose(_ error: PostgresError) {
        guard phase != .closed else { return }
        let (lost, wasOpen) = (call, isOpen)
        if descriptor >= 0 { pool.loop.unwatch(descriptor) }
        pool.loop.remove(self)
        PQfinish(handle)
        handle = nil
        descriptor = -1
        connectDeadline = nil
        call = nil
        rows = nil
        failure = nil
        phase = .closed
        prepared.removeAll()
        pool.session(self, lostWith: error, during: lost, wasOpen: wasOpen)
    }

    /// True if what was in flight may have been executed and stand. Inside a transaction only its COMMIT can.
    private var mayHaveTakenEffect: Bool {
        guard phase == .running, let call else { return false }
        switch call.step {
        case .lease, .copyBegin, .copyData: return false
        case .copyEnd(let refusal): return refusal == nil && !wasInTransaction
        case .script: return true
        case .statement(let statement, _):
            switch statement.queryType {
            case .begin, .rollback: return false
            case .commit, .other: return true
            case .select, .insert, .update, .delete, .copy, .call: return !wasInTransaction
            }
        }
    }

    // MARK: libpq

    /// libpq may have opened another socket at each step of connecting, even under the same number.
    private func watch(_ events: UInt32, isNewSocket: Bool = false) {
        let current = PQsocket(handle)
        guard current >= 0 else { return loseConnection() }
        if current != descriptor && descriptor >= 0 { pool.loop.unwatch(descriptor) }
        guard current != descriptor || events != watched || isNewSocket else { return }
        descriptor = current
        watched = events
        if !pool.loop.watch(current, number: id.number, for: events) { loseConnection() }
    }

    private static func message(of handle: OpaquePointer) -> String {
        let text = String(cString: PQerrorMessage(handle))
        let sentence = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return sentence.isEmpty ? "the connection broke" : sentence
    }

    /// libpq keeps no SQLSTATE of a refused connection, only the server's words.
    private static func isTooMany(_ message: String) -> Bool {
        message.contains("too many clients") || message.contains("too many connections")
            || message.contains("remaining connection slots")
    }

    private static func error(from result: OpaquePointer, at site: CallSite) -> PostgresError {
        func field(_ code: Unicode.Scalar) -> String? {
            PQresultErrorField(result, Int32(code.value)).map { String(cString: $0) }
        }
        let message = field("M") ?? String(cString: PQresultErrorMessage(result))
        let position = field("P").map { " at character \($0)" } ?? ""
        return PostgresError(.server, message + position, sqlState: field("C"), constraintName: field("n"), at: site)
    }
}
