// The stock of a sale for people and dashboards: from the gate, which counts in microseconds, else from the ledger.

import Synchronization

/// Stock counts that are at most a second old.
public final class StockCounts: Sendable {
    private struct Count {
        var stock: StockCount
        var readAt: ContinuousClock.Instant
    }

    private static let age = Duration.seconds(1)
    /// More than shops: each has one that is on.
    private static let salesMax = 1_024

    private let counts = Mutex<[SaleID: Count]>([:])
    private let gate: any GateUpkeep
    private let asksGate: @Sendable () -> Bool
    private let catalog: any SaleCatalog

    /// - Parameter asksGate: false while the gate is slow or dead. A buyer waits for a count, so the breaker of the
    ///   buyers' steps decides here too.
    public init(
        gate: any GateUpkeep, asksGate: @escaping @Sendable () -> Bool = { true }, catalog: any SaleCatalog
    ) {
        self.gate = gate
        self.asksGate = asksGate
        self.catalog = catalog
    }

    public func of(_ sale: Sale) async throws(LedgerFailure) -> StockCount {
        let now = ContinuousClock.now
        if let known = counts.withLock({ $0[sale.id] }), now - known.readAt < Self.age { return known.stock }
        let stock: StockCount
        if asksGate(), let counted = await gate.count(sale) {
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

    /// Which units are free and which are sold; nil if the gate does not know, or is slow or dead.
    public func units(of sale: Sale) async -> StockBits? {
        asksGate() ? await gate.stock(of: sale) : nil
    }

    /// The latest count of a sale, however old; nil if it was never counted.
    public func last(of sale: SaleID) -> StockCount? {
        counts.withLock { $0[sale]?.stock }
    }
}
