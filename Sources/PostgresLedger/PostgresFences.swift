// Where fencing numbers come from.

public import FlashSale
public import LibpqClient
public import Telemetry

/// The duties' fencing numbers, kept where the writes that carry them are checked.
public struct PostgresFences: Sendable {
    private let writer: PostgresClient

    public init(writer: PostgresClient) {
        self.writer = writer
    }

    /// A number higher than any before it for the duty. From now on writes with an older one change nothing.
    ///
    /// - Returns: nil while somebody has the duty under a ``PostgresDutyLock``.
    public func next(_ duty: Duty) async throws(LedgerFailure) -> FencingNumber? {
        try await next(Statements.nextFence, .text(duty.rawValue))
    }

    /// The same for the rebuild of a sale's gate.
    public func nextRebuild(of sale: SaleID) async throws(LedgerFailure) -> FencingNumber? {
        try await next(Statements.nextRebuildFence, .int4(sale.number))
    }

    private func next(
        _ statement: PostgresStatement, _ parameter: PostgresValue
    ) async throws(LedgerFailure) -> FencingNumber? {
        try await writer.ask(statement, [parameter]) { rows throws(PostgresError) in
            try rows.first?[0].optional.map { (field) throws(PostgresError) in FencingNumber(try field.int64()) }
        }
    }
}
