// Retention, as the duty asks the ledger in Postgres for it.

public import FlashSale
internal import LibpqClient

extension PostgresSaleLedger {
    public func retire(
        _ policy: RetentionPolicy, atMost limit: Int, fence: FencingNumber
    ) async throws(LedgerFailure) -> RetireOutcome {
        let parameters: [PostgresValue] = [
            .int8(fence.value), .int4(Int32(policy.hotHours)), .int4(Int32(policy.archiveDays)), .int4(Int32(limit)),
        ]
        return try await bulk.ask(Statements.retire, parameters, within: LedgerTimes.bulk) {
            rows throws(PostgresError) in
            let row = try rows.firstRow()
            let outcome = try row[0].string()
            switch outcome {
            case "stale": return .stale
            case "idle": return .idle
            case "moved": return .moved(rows: Int(try row[1].int32()))
            case "forgotten": return .forgotten(rows: Int(try row[1].int32()))
            default: throw row.unreadable("the outcome \(outcome) is unknown")
            }
        }
    }
}
