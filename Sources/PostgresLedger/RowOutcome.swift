// What a batch function decided of one row.

import LibpqClient

/// The outcome of one row of a batch.
enum RowOutcome<Value: Sendable>: Sendable {
    case decided(Value)
    /// Another row of the batch stood in its way, or holds are due that the call did not reach: ask in the next batch.
    case again
    /// The call failed, or its result for this row cannot be read. What the row asked for may be committed.
    case failed(PostgresError)
}
