// The entrance: a pool of connections behind a chain of middlewares. Every statement of every method goes through
// `chain`, whose end (`PostgresPool.send`) alone hands work to the I/O thread.

public import Telemetry

/// A client of one Postgres database.
///
/// All statements pass the middlewares that it is made with. Keep `run()` running while the client is in use: it opens
/// the minimum of connections and, when cancelled, shuts the client down gracefully. Without it the client connects on
/// demand.
public final class PostgresClient: Sendable {
    public let configuration: PostgresClientConfiguration
    private let eventLoop: PostgresEventLoop
    private let pool: PostgresPool
    private let chain: PostgresNext

    /// Makes a client; connects to nothing yet.
    ///
    /// - Parameters:
    ///   - eventLoop: the I/O thread; several clients may share one.
    ///   - middlewares: the first is the outermost.
    ///   - observe: receives the client's events; it must return at once.
    /// - Throws: `configuration`, with a sentence about what is wrong.
    public init(
        _ configuration: PostgresClientConfiguration, eventLoop: PostgresEventLoop = PostgresEventLoop(),
        middlewares: [any PostgresMiddleware] = [],
        observe: @escaping @Sendable (PostgresClientEvent) -> Void = { _ in },
        file: StaticString = #fileID, line: UInt = #line
    ) throws(PostgresError) {
        let site = CallSite(statementName: nil, file: file, line: line)
        let parameters = try ConnectionParameters(configuration, at: site)
        let pool = PostgresPool(configuration, parameters, loop: eventLoop.thread, observe: observe)
        self.configuration = configuration
        self.eventLoop = eventLoop
        self.pool = pool
        chain = PostgresNext(middlewares, pool: pool)
    }

    deinit { pool.submit(.shutDown(.now)) }

    /// Runs tasks on the I/O thread, where results arrive. A task that sends one statement after another saves two
    /// changes of threads for each. Use it only for tasks whose own work is short: all connections wait for it.
    public var executor: any TaskExecutor { eventLoop.thread }

    /// The pool at this moment.
    public var poolState: PostgresPoolCounts { pool.counts }

    /// Opens the minimum of connections and returns when the client has been shut down, by `shutdown()` or by
    /// cancelling the task, and its last connection is closed.
    public func run() async {
        pool.submit(.warm)
        await withTaskCancellationHandler {
            await pool.end()
        } onCancel: {
            pool.submit(.shutDown(.now.advanced(by: configuration.drainTimeout)))
        }
    }

    /// Refuses new calls, waits for the calls in flight until the deadline, then closes all connections.
    public func shutdown(deadline: ContinuousClock.Instant? = nil) async {
        pool.submit(.shutDown(deadline ?? .now.advanced(by: configuration.drainTimeout)))
        await pool.end()
    }

    /// Lends the client, and shuts it down after the body, however that ends.
    public nonisolated(nonsending) func lend<Value>(
        _ body: (PostgresClient) async throws -> Value
    ) async throws -> Value {
        do {
            let value = try await body(self)
            await shutdown()
            return value
        } catch {
            await shutdown()
            throw error
        }
    }

    /// Sends a statement on any connection and returns its rows.
    public nonisolated(nonsending) func query(
        _ statement: PostgresStatement, _ parameters: [PostgresValue] = [], deadline: ContinuousClock.Instant,
        file: StaticString = #fileID, line: UInt = #line
    ) async throws(PostgresError) -> PostgresRows {
        try await chain(PostgresCall(statement, parameters, deadline: deadline, lease: nil, file: file, line: line))
    }

    /// Runs a text of several statements on any connection; see `PostgresConnection.execute`.
    @discardableResult
    public nonisolated(nonsending) func execute(
        script: String, name: String = "script", table: QueryTable = .none, deadline: ContinuousClock.Instant,
        file: StaticString = #fileID, line: UInt = #line
    ) async throws(PostgresError) -> PostgresRows {
        let statement = PostgresStatement(name, script, type: .other, table: table, isPrepared: false)
        return try await chain(
            PostgresCall(statement, deadline: deadline, work: .script, lease: nil, file: file, line: line)
        )
    }

    /// Lends a connection for the length of the closure.
    ///
    /// - Parameter deadline: for the wait, and for all statements without their own deadline.
    public nonisolated(nonsending) func withConnection<R>(
        deadline: ContinuousClock.Instant, file: StaticString = #fileID, line: UInt = #line,
        _ body: nonisolated(nonsending) (PostgresConnection) async throws -> R
    ) async throws -> R {
        let connection = try await borrow(deadline: deadline, file: file, line: line)
        defer { pool.submit(.release(connection.lease)) }
        return try await body(connection)
    }

    /// Runs the closure within a transaction: BEGIN, the closure, COMMIT; or ROLLBACK if it throws.
    ///
    /// Returns only after the server has confirmed the COMMIT. An error with `isOutcomeUnknown` may come from a COMMIT
    /// that was sent and not answered; any other error means that nothing of the transaction stands.
    public nonisolated(nonsending) func withTransaction<R>(
        deadline: ContinuousClock.Instant, file: StaticString = #fileID, line: UInt = #line,
        _ body: nonisolated(nonsending) (PostgresConnection) async throws -> R
    ) async throws -> R {
        try await withConnection(deadline: deadline, file: file, line: line) { connection in
            let start = ContinuousClock.now
            var outcome = TransactionOutcome.rollback
            defer { pool.observe(.transactionEnded(outcome, ContinuousClock.now - start)) }
            _ = try await connection.query(.begin, file: file, line: line)
            let result: R
            do {
                result = try await body(connection)
            } catch {
                // If this fails, the connection is closed when it comes back, and the server rolls back too.
                _ = try? await connection.query(.rollback, file: file, line: line)
                throw error
            }
            let commit = try await connection.query(.commit, file: file, line: line)
            // The server rolls a failed transaction back at its COMMIT, and reports no error.
            guard commit.commandTag == "COMMIT" else {
                let site = CallSite(statementName: PostgresStatement.commit.name, file: file, line: line)
                throw PostgresError(.server, "a statement had failed, so the transaction was rolled back", at: site)
            }
            outcome = .commit
            return result
        }
    }

    private nonisolated(nonsending) func borrow(
        deadline: ContinuousClock.Instant, file: StaticString, line: UInt
    ) async throws(PostgresError) -> PostgresConnection {
        let site = CallSite(statementName: nil, file: file, line: line)
        guard case .lease(let lease) = try await pool.ask(.lease, lease: nil, deadline: deadline, at: site) else {
            preconditionFailure("a call for a lease ended with another result")
        }
        return PostgresConnection(chain: chain, lease: lease, deadline: deadline)
    }
}
