// One question to the ledger, for all that ask one at a time: its time limit, and what its failure means.

internal import FlashSale
internal import LibpqClient

extension PostgresClient {
    /// Runs a statement within ``LedgerTimes/call``, and reads its rows.
    func ask<Value>(
        _ statement: PostgresStatement, _ parameters: [PostgresValue],
        _ decode: (PostgresRows) throws(PostgresError) -> Value
    ) async throws(LedgerFailure) -> Value {
        do throws(PostgresError) {
            return try decode(try await query(statement, parameters, deadline: .now + LedgerTimes.call))
        } catch {
            throw LedgerFailure(error)
        }
    }
}
