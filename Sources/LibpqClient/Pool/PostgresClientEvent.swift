// What counters may know of a client, beyond the statements that pass its middlewares.

public import Telemetry

/// Something that happened in a client. Told on the I/O thread, the end of a transaction on its task: whoever hears it
/// must return at once.
public enum PostgresClientEvent: Hashable, Sendable {
    case connectionOpened
    case connectionClosed(ConnectionCloseReason)
    /// A call got its connection after this time.
    case waited(Duration)
    /// A call's deadline passed before it got a connection.
    case timedOut
    /// A transaction ended, after this time from before its BEGIN. One whose COMMIT was not confirmed is a rollback
    /// here, also where its outcome is unknown.
    case transactionEnded(TransactionOutcome, Duration)
}
