// The database family of metrics, and the spans of the statements. Both use the same readings of the clock.

public import Telemetry

/// Observes every statement, and every event of the client it is given to:
///
///     let metrics = PostgresMetricsMiddleware(instruments.database)
///     let client = try PostgresClient(configuration, middlewares: [metrics], observe: metrics.observe)
///
/// It does not set the pool's gauges: a scrape reads them from `PostgresClient.poolState`.
public struct PostgresMetricsMiddleware: PostgresMiddleware {
    private let instruments: DatabaseInstruments
    private let isTracing: Bool

    /// - Parameter isTracing: whether statements are recorded in the trace of their task.
    public init(_ instruments: DatabaseInstruments, isTracing: Bool = false) {
        self.instruments = instruments
        self.isTracing = isTracing
    }

    public nonisolated(nonsending) func handle(
        _ call: PostgresCall, next: PostgresNext
    ) async throws(PostgresError) -> PostgresRows {
        let type = call.statement.queryType
        let trace = isTracing ? Trace.current : nil
        let start = MonotonicTime.now
        var failure: PostgresError?
        defer {
            let end = MonotonicTime.now
            let nanoseconds = end.nanoseconds(since: start)
            let exemplar = trace?.record(.statement, from: start, to: end) { Self.describe(call, failure, in: &$0) }
            instruments.queryDurationSeconds.observe(
                nanoseconds, QueryLabels(type, call.statement.table), exemplar: exemplar)
        }
        do {
            let rows = try await next(call)
            observe(rows, of: call)
            return rows
        } catch {
            failure = error
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

    private static func describe(_ call: PostgresCall, _ failure: PostgresError?, in span: inout SpanRecord) {
        let statement = call.statement
        span.peer = .postgres
        // Scripts are migrations and the like: long, and in the repository.
        if case .statement = call.work {
            span.subject = statement.subject
        } else {
            span.subject = SpanSubject(statement.name)
        }
        span.set(.statementType, statement.queryType)
        if statement.table != .none { span.set(.statementTable, statement.table) }
        if let size = call.batchSize, size > 1 { span.set(.batchSize, Int64(size)) }
        guard let failure else { return }
        span.isError = true
        span.set(.statementError, failure.errorClass)
        if let state = failure.sqlState { span.set(.serverStatus, PackedText(state).packed) }
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
