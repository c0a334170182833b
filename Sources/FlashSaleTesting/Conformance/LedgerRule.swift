/// One rule of the ledger, with its check. Each check has a ledger of its own.
public struct LedgerRule: Sendable, CustomStringConvertible {
    /// The rule, as a sentence.
    public let description: String
    private let stock: Int
    private let limit: Int
    private let lapses: Int?
    private let check: @Sendable (LedgerScene) async throws -> Void

    /// - Parameters:
    ///   - stock: the units of each of the sale's four items.
    ///   - limit: the most units that a buyer may take.
    ///   - lapses: the most holds of a buyer that may end unpaid; nil for no bound.
    init(
        _ description: String, stock: Int = 1, limit: Int = 10, lapses: Int? = nil,
        _ check: @escaping @Sendable (LedgerScene) async throws -> Void
    ) {
        self.description = description
        self.stock = stock
        self.limit = limit
        self.lapses = lapses
        self.check = check
    }

    /// Runs the check on a ledger without sales.
    ///
    /// - Throws: `ConformanceFailure` with what was expected and what came.
    public func run(on bench: LedgerBench) async throws {
        try await check(try await LedgerScene(on: bench, stock: stock, limit: limit, lapses: lapses))
    }
}
