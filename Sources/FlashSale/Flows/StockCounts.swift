// How the stock of a sale stands, for people and dashboards: from the gate, which counts in microseconds, or else from
// the ledger.

import Synchronization

/// Stock counts that are at most a second old.
public final class StockCounts: Sendable {
    private struct Count {
        var stock: StockCount
        var readAt: ContinuousClock.Instant
    }

    private static let age = Duration.seconds(1)
    private static let salesMax = 64

    private let counts = Mutex<[SaleID: Count]>([:])
    private let gate: any SaleGate
    private let catalog: any SaleCatalog

    public init(gate: any SaleGate, catalog: any SaleCatalog) {
        self.gate = gate
        self.catalog = catalog
    }

    public func of(_ sale: Sale) async throws(LedgerFailure) -> StockCount {
        let now = ContinuousClock.now
        if let known = counts.withLock({ $0[sale.id] }), now - known.readAt < Self.age { return known.stock }
        let stock: StockCount
        if let counted = await gate.count(sale) {
            stock = counted
        } else {
            stock = try await catalog.count(sale)
        }
        counts.withLock { counts in
            if counts.count >= Self.salesMax { counts.removeAll() }
            counts[sale.id] = Count(stock: stock, readAt: now)
        }
        return stock
    }

    /// The last count of a sale, however old; nil if it was never counted.
    public func last(of sale: SaleID) -> StockCount? {
        counts.withLock { $0[sale]?.stock }
    }
}
