// The gauges of a pool.

/// A pool at one moment.
public struct PostgresPoolCounts: Hashable, Sendable {
    /// Connections that a call uses.
    public var active = 0
    public var idle = 0
    /// Connections that are being opened.
    public var connecting = 0
    /// The configured maximum.
    public var max = 0
    /// Calls that wait for a connection.
    public var waiters = 0
    /// Prepared statements, over all connections.
    public var preparedStatements = 0
}
