// The log of statements that took long or failed in an unexpected way.

public import Logging
internal import Telemetry

/// Logs slow statements by name and duration, never by their parameters.
public struct PostgresSlowLogMiddleware: PostgresMiddleware {
    private let logger: Logger
    private let threshold: Duration

    /// - Parameter threshold: statements that take as long or longer are logged as warnings.
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
            logIfSlow(call, since: start, outcome: "ok")
            return rows
        } catch {
            logIfSlow(call, since: start, outcome: error.code.rawValue)
            throw error
        }
    }

    private func logIfSlow(_ call: PostgresCall, since start: ContinuousClock.Instant, outcome: String) {
        let duration = ContinuousClock.now - start
        guard duration >= threshold else { return }
        logger.warning(
            "slow statement",
            metadata: [
                "statement": "\(call.statement.name)",
                "query_type": "\(call.statement.queryType.rawValue)",
                "table": "\(call.statement.table.rawValue)",
                "duration_seconds": "\(duration / .seconds(1))",
                "outcome": "\(outcome)",
            ]
        )
    }
}
