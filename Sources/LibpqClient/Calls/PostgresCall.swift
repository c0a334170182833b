// One statement on its way through the middleware chain.

/// A statement to be sent, with its parameters and its deadline.
///
/// Only the client makes calls, so a middleware cannot pass on another statement than the caller's.
public struct PostgresCall: Sendable {
    public let statement: PostgresStatement
    /// Only for encoding. No middleware logs, labels or traces them: they hold codes and buyers' ids.
    public let parameters: [PostgresValue]
    /// The moment after which the caller no longer waits.
    public let deadline: ContinuousClock.Instant

    /// The number of rows that the parameters carry: the longest array's length; nil if there is no array.
    public var batchSize: Int? { parameters.lazy.compactMap(\.elementCount).max() }

    let work: Work
    /// The borrowed connection that it must run on; nil if any of the pool will do.
    let lease: Lease?
    let site: CallSite

    enum Work: Sendable {
        case statement
        /// Several statements in one text, by the simple protocol.
        case script
        case copy(@Sendable (PostgresCopyWriter) async throws -> Void)
    }

    init(
        _ statement: PostgresStatement, _ parameters: [PostgresValue] = [], deadline: ContinuousClock.Instant,
        work: Work = .statement, lease: Lease?, file: StaticString, line: UInt
    ) {
        self.statement = statement
        self.parameters = parameters
        self.deadline = deadline
        self.work = work
        self.lease = lease
        self.site = CallSite(statementName: statement.name, file: file, line: line)
    }
}
