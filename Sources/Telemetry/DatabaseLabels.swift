// The closed label sets of the database families: what a statement does, which table it is about, and how it failed.

/// What a statement does, as the `query_type` label.
public enum QueryType: String, CaseIterable, Sendable {
    case select = "SELECT"
    case insert = "INSERT"
    case update = "UPDATE"
    case delete = "DELETE"
    case copy = "COPY"
    case begin = "BEGIN"
    case commit = "COMMIT"
    case rollback = "ROLLBACK"
    case call = "CALL"
    case other = "OTHER"
}

/// The table a statement is about, as the `table` label; `none` where it is about no single one.
public enum QueryTable: String, CaseIterable, Sendable {
    case sales
    case items
    case units
    case holds
    case checkouts
    case orders
    case orderItems = "order_items"
    case buyers
    case idempotencyKeys = "idempotency_keys"
    case migrations
    case none
}

/// How a statement failed, as the `class` label of `db_errors_total`.
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
