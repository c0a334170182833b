// The chain that every statement passes: BEGIN, COMMIT, ROLLBACK, COPY, migrations and probes too. Only its end gives
// work to the event loop, so no statement bypasses it.

/// Something done around every statement: measuring, logging, tracing.
public protocol PostgresMiddleware: Sendable {
    /// Calls `next` once with the call, and returns its result or throws its error.
    nonisolated(nonsending) func handle(
        _ call: PostgresCall, next: PostgresNext
    ) async throws(PostgresError) -> PostgresRows
}

/// The rest of the chain, as a middleware sees it. The first middleware of a client's list is the outermost.
///
/// A position in the list rather than nested closures: passing it on allocates nothing.
public struct PostgresNext: Sendable {
    private let middlewares: [any PostgresMiddleware]
    private let position: Int
    private let pool: PostgresPool

    init(_ middlewares: [any PostgresMiddleware], pool: PostgresPool) {
        self.init(middlewares, position: 0, pool: pool)
    }

    private init(_ middlewares: [any PostgresMiddleware], position: Int, pool: PostgresPool) {
        self.middlewares = middlewares
        self.position = position
        self.pool = pool
    }

    public nonisolated(nonsending) func callAsFunction(
        _ call: PostgresCall
    ) async throws(PostgresError) -> PostgresRows {
        guard position < middlewares.count else { return try await pool.send(call) }
        let rest = PostgresNext(middlewares, position: position + 1, pool: pool)
        return try await middlewares[position].handle(call, next: rest)
    }
}
