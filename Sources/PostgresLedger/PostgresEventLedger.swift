// What the herald tells, over Postgres. What is complete, and what an event says, is decided in
// Schema/Functions/herald.sql.

public import FlashSale
public import LibpqClient
internal import Telemetry
public import Webhooks

/// The events that the ledger keeps, and how far they have been told.
public struct PostgresEventLedger: EventLedger {
    private let client: PostgresClient

    /// - Parameter client: not the one of buyers' batches, which must not wait for a page of events.
    public init(client: PostgresClient) {
        self.client = client
    }

    public func due(fence: FencingNumber) async throws(LedgerFailure) -> [UntoldSale]? {
        try await client.ask(Statements.heraldDue, [.int8(fence.value)]) { rows throws(PostgresError) in
            var sales: [UntoldSale] = []
            for row in rows {
                guard !row[0].isNull else { return nil }
                sales.append(UntoldSale(id: SaleID(try row.number(0)), told: try row[1].int64()))
            }
            return sales
        }
    }

    public func horizon(of sale: SaleID) async throws(LedgerFailure) -> Int64? {
        try await client.ask(Statements.heraldHorizon, [.int4(sale.number)]) { rows throws(PostgresError) in
            let field = try rows.firstRow()[0]
            return field.isNull ? nil : try field.int64()
        }
    }

    public func events(
        of sale: UntoldSale, upTo horizon: Int64, atMost limit: Int
    ) async throws(LedgerFailure) -> [LedgerEvent] {
        try await client.ask(
            Statements.heraldEvents,
            [.int4(sale.id.number), .int8(sale.told), .int8(horizon), .int4(Int32(limit))]
        ) { rows throws(PostgresError) in
            var events: [LedgerEvent] = []
            for row in rows {
                let name = try row[1].string()
                guard let type = LedgerEventType(rawValue: name) else {
                    throw row.unreadable("the type \(name) is unknown")
                }
                events.append(
                    LedgerEvent(
                        number: try row[0].int64(), type: type, happenedAt: try row.time(2),
                        data: try row[3].string()))
            }
            return events
        }
    }

    public func advance(
        _ sale: SaleID, to number: Int64, fence: FencingNumber
    ) async throws(LedgerFailure) -> Bool {
        try await client.ask(Statements.heraldAdvance, [.int4(sale.number), .int8(number), .int8(fence.value)]) {
            rows throws(PostgresError) in try rows.firstRow()[0].bool()
        }
    }
}
