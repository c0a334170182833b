// The database family of metrics, from what passes the chain and from what happens in the pool.

public import Telemetry

/// Observes every statement, and every event of the client it is given to:
///
///     let metrics = PostgresMetricsMiddleware(instruments.database)
///     let client = try PostgresClient(configuration, middlewares: [metrics], observe: metrics.observe)
///
/// The pool's gauges are read from `PostgresClient.poolState` at a scrape; they are not this type's.
public struct PostgresMetricsMiddleware: PostgresMiddleware {
    private let instruments: DatabaseInstruments

    public init(_ instruments: DatabaseInstruments) {
        self.instruments = instruments
    }

    public nonisolated(nonsending) func handle(
        _ call: PostgresCall, next: PostgresNext
    ) async throws(PostgresError) -> PostgresRows {
        let type = call.statement.queryType
        let start = MonotonicTime.now
        defer {
            let nanoseconds = MonotonicTime.now.nanoseconds(since: start)
            instruments.queryDurationSeconds.observe(nanoseconds, QueryLabels(type, call.statement.table))
        }
        do {
            let rows = try await next(call)
            observe(rows, of: call)
            return rows
        } catch {
            // The server refuses a connection before it knows the statement.
            let isRefused = error.errorClass == .tooManyConnections
            instruments.errorsTotal.increment(QueryErrorLabels(isRefused ? .other : type, error.errorClass))
            throw error
        }
    }

    /// Counts an event of the client.
    @Sendable public func observe(_ event: PostgresClientEvent) {
        switch event {
        case .connectionOpened: instruments.connectionsOpenedTotal.increment(NoLabels())
        case .connectionClosed(let reason): instruments.connectionsClosedTotal.increment(reason)
        case .waited(let duration): instruments.poolWaitDurationSeconds.observe(duration, NoLabels())
        case .timedOut: instruments.poolTimeoutsTotal.increment(NoLabels())
        case .transactionEnded(let outcome, let duration):
            instruments.transactionDurationSeconds.observe(duration, outcome)
        }
    }

    private func observe(_ rows: PostgresRows, of call: PostgresCall) {
        let type = call.statement.queryType
        switch type {
        case .select, .other: instruments.rowsReturned.observe(UInt64(rows.count), type)
        case .call:
            instruments.rowsReturned.observe(UInt64(rows.count), type)
            if let size = call.batchSize { instruments.batchRows.observe(UInt64(size), type) }
        case .copy: instruments.batchRows.observe(UInt64(rows.affectedCount), type)
        case .insert, .update, .delete, .begin, .commit, .rollback: break
        }
    }
}
