// The labels of the Postgres family: what kind of statement, over what, and how it failed.

/// The kind of a statement.
public enum QueryType: String, CaseIterable, Sendable {
    case select = "SELECT"
    case insert = "INSERT"
    case update = "UPDATE"
    case delete = "DELETE"
    case copy = "COPY"
    case begin = "BEGIN"
    case commit = "COMMIT"
    case rollback = "ROLLBACK"
    /// A call of a batch function.
    case call = "CALL"
    case other = "OTHER"
}

/// The main table of a statement.
public enum QueryTable: String, CaseIterable, Sendable {
    case sales
    case items
    case units
    case holds
    case checkouts
    case orders
    case buyers
    case migrations
    case none
}

/// The class of an error, by its SQLSTATE where the server sent one.
public enum DatabaseErrorClass: String, CaseIterable, Sendable {
    case serialization
    case deadlock
    case uniqueViolation = "unique_violation"
    case checkViolation = "check_violation"
    case foreignKeyViolation = "fk_violation"
    case lockTimeout = "lock_timeout"
    case canceled
    case connection
    case tooManyConnections = "too_many_connections"
    case readOnly = "read_only"
    case syntax
    case other
}

/// Why a connection was closed.
public enum ConnectionCloseReason: String, LabelValue {
    case idle
    case lifetime
    case error
    case shutdown

    public static let labelName = "reason"
}

/// How a transaction ended.
public enum TransactionOutcome: String, LabelValue {
    case commit
    case rollback

    public static let labelName = "outcome"
}

/// Why the outcome of a statement was unknown, so that it was run again.
public enum ReexecutionReason: String, LabelValue {
    case connection
    case timeout

    public static let labelName = "reason"
}

extension QueryType: LabelValue {
    public static let labelName = "query_type"
    public var folded: QueryType { .other }

    /// The types whose statements return rows.
    static let returningRows: [QueryType] = [.select, .call, .other]

    /// The types that carry many rows in one statement.
    static let batched: [QueryType] = [.copy, .call, .other]
}

extension QueryTable: LabelValue {
    public static let labelName = "table"
}

extension DatabaseErrorClass: LabelValue {
    public static let labelName = "class"
}
