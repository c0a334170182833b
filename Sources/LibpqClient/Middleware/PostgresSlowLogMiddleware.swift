// The log of statements that were slow or failed unexpectedly.

public import Logging
internal import Telemetry

/// Logs slow and failed statements by name, never with their parameters.
public struct PostgresSlowLogMiddleware: PostgresMiddleware {
    private let logger: Logger
    private let threshold: Duration

    /// - Parameter threshold: statements that take this long or longer are logged as warnings, and so are those that
    ///   wait so long for a connection.
    public init(logger: Logger, threshold: Duration) {
        self.logger = logger
        self.threshold = threshold
    }

    public nonisolated(nonsending) func handle(
        _ call: PostgresCall, next: PostgresNext
    ) async throws(PostgresError) -> PostgresRows {
        let start = ContinuousClock.now
        do {
            let rows = try await next(call)
            let total = ContinuousClock.now - start
            if total >= threshold { log(call, waited: rows.waited, took: total - rows.waited) }
            return rows
        } catch {
            // The caller that cancelled knows already.
            if error.code != .cancelled { log(error, of: call, after: ContinuousClock.now - start) }
            throw error
        }
    }

    private func log(_ call: PostgresCall, waited: Duration, took duration: Duration) {
        var metadata = metadata(call, duration)
        metadata["pool_wait_ms"] = .stringConvertible(waited / .milliseconds(1))
        let isSlow = duration >= threshold
        logger.warning(isSlow ? "slow statement" : "a statement waited for a connection", metadata: metadata)
    }

    private func log(_ error: PostgresError, of call: PostgresCall, after duration: Duration) {
        var metadata = metadata(call, duration)
        if let sqlState = error.sqlState { metadata["sqlstate"] = "\(sqlState)" }
        logger.warning("statement failed", error: error, metadata: metadata)
    }

    private func metadata(_ call: PostgresCall, _ duration: Duration) -> Logger.Metadata {
        [
            "statement": "\(call.statement.name)",
            "query_type": "\(call.statement.queryType.rawValue)",
            "table": "\(call.statement.table.rawValue)",
            "duration_ms": .stringConvertible(duration / .milliseconds(1)),
        ]
    }
}
