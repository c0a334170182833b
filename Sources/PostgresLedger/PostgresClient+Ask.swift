// One question to the ledger, for all that ask one at a time: its time limit, and what its failure means.

internal import FlashSale
internal import LibpqClient

extension PostgresClient {
    /// Runs a statement, and reads its rows.
    ///
    /// - Parameter limit: how long the statement may take.
    func ask<Value>(
        _ statement: PostgresStatement, _ parameters: [PostgresValue], within limit: Duration = LedgerTimes.call,
        _ decode: (PostgresRows) throws(PostgresError) -> Value
    ) async throws(LedgerFailure) -> Value {
        do throws(PostgresError) {
            return try decode(try await query(statement, parameters, deadline: .now + limit))
        } catch {
            throw LedgerFailure(error)
        }
    }
}
