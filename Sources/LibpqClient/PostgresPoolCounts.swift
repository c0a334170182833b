// What gauges and counters may know of a pool.

/// A pool at one moment.
public struct PostgresPoolCounts: Hashable, Sendable {
    /// Connections at work for a caller.
    public var active = 0
    public var idle = 0
    /// Connections being made.
    public var connecting = 0
    /// The configured maximum.
    public var max = 0
    /// Calls that wait for a connection.
    public var waiters = 0
    /// Prepared statements, over all connections.
    public var preparedStatements = 0
}

/// Something that happened in a pool, told on the I/O thread: whoever hears it must return at once.
public enum PostgresPoolEvent: Hashable, Sendable {
    public enum CloseReason: String, CaseIterable, Sendable {
        case error
        case shutdown
    }

    case connectionOpened
    case connectionClosed(CloseReason)
    /// A call got its connection after this time.
    case waited(Duration)
    /// A call's deadline passed before it got a connection.
    case timedOut
}
