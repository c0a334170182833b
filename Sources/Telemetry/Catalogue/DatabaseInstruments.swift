// The Postgres client's instruments: every statement, BEGIN and COMMIT included, and every connection of the process.

/// The Postgres family. A property is named like its metric without the group's prefix.
public final class DatabaseInstruments: Sendable {
    public let queryDurationSeconds: Histogram<QueryLabels>
    // The gauges are the sum over the writer, the read pool and the health probe, read at a scrape.
    public let connectionsActive: Gauge<NoLabels>
    public let connectionsIdle: Gauge<NoLabels>
    public let connectionsMax: Gauge<NoLabels>
    public let poolWaiters: Gauge<NoLabels>
    public let poolWaitDurationSeconds: Histogram<NoLabels>
    public let poolTimeoutsTotal: Counter<NoLabels>
    public let connectionsOpenedTotal: Counter<NoLabels>
    public let connectionsClosedTotal: Counter<ConnectionCloseReason>
    public let errorsTotal: Counter<QueryErrorLabels>
    public let transactionsTotal: DerivedCounter<TransactionOutcome>
    /// From BEGIN to the result of COMMIT or ROLLBACK. ``transactionsTotal`` counts these observations.
    public let transactionDurationSeconds: Histogram<TransactionOutcome>
    /// Statements run again because their outcome was unknown.
    public let reexecutionsTotal: Counter<ReexecutionReason>
    public let batchRows: Histogram<QueryType>
    public let rowsReturned: Histogram<QueryType>
    public let preparedStatements: Gauge<NoLabels>
    public let replicationSynchronous: Gauge<NoLabels>

    init(_ catalogue: inout Catalogue) {
        queryDurationSeconds = catalogue.histogram(
            "db_query_duration_seconds",
            "Duration of a statement in seconds, with its wait for a connection, by type and main table.", .database,
            keepsExemplars: true)
        connectionsActive = catalogue.gauge("db_connections_active", "Postgres connections in use.")
        connectionsIdle = catalogue.gauge("db_connections_idle", "Postgres connections open and not in use.")
        connectionsMax = catalogue.gauge("db_connections_max", "Postgres connections allowed.")
        poolWaiters = catalogue.gauge("db_pool_waiters", "Callers that wait for a connection.")
        poolWaitDurationSeconds = catalogue.histogram(
            "db_pool_wait_duration_seconds", "Time spent waiting for a connection in seconds.", .poolWaits)
        poolTimeoutsTotal = catalogue.counter(
            "db_pool_timeouts_total", "Callers that got no connection in time.")
        connectionsOpenedTotal = catalogue.counter("db_connections_opened_total", "Postgres connections opened.")
        connectionsClosedTotal = catalogue.counter(
            "db_connections_closed_total", "Postgres connections closed, by reason.")
        errorsTotal = catalogue.counter(
            "db_errors_total", "Statements that failed, by type and class of the error.")
        transactionDurationSeconds = catalogue.histogram(
            "db_transaction_duration_seconds", "Duration of a transaction in seconds, BEGIN and COMMIT included.",
            .database)
        transactionsTotal = catalogue.counter(
            "db_transactions_total", "Transactions ended, by outcome.", counting: transactionDurationSeconds)
        reexecutionsTotal = catalogue.counter(
            "db_reexecutions_total", "Statements run again because their outcome was unknown.")
        batchRows = catalogue.histogram(
            "db_batch_rows", "Rows sent with one statement.", unit: .none, .rows,
            only: QueryType.batched)
        rowsReturned = catalogue.histogram(
            "db_rows_returned", "Rows returned by one statement.", unit: .none, .rows,
            only: QueryType.returningRows)
        preparedStatements = catalogue.gauge(
            "db_prepared_statements", "Prepared statements over all connections.")
        replicationSynchronous = catalogue.gauge(
            "db_replication_synchronous", "Whether commits wait for a standby: 1 if they do.")
    }
}
