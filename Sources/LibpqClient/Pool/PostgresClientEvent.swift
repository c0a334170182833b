// The events of a client that do not pass its middlewares, for metrics.

public import Telemetry

/// An event of a client. It is reported on the I/O thread, and the end of a transaction on the transaction's task. The
/// receiver must return at once.
public enum PostgresClientEvent: Hashable, Sendable {
    case connectionOpened
    case connectionClosed(ConnectionCloseReason)
    /// A call got its connection after this time.
    case waited(Duration)
    /// A call's deadline passed before it got a connection.
    case timedOut
    /// A transaction ended, this long after its BEGIN was called. Without a confirmed COMMIT it counts as a rollback,
    /// even if its outcome is unknown.
    case transactionEnded(TransactionOutcome, Duration)
}
