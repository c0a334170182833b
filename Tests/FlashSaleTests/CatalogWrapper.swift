// Catalogs around a catalog: each changes some calls and leaves the rest as they are.

import FlashSale
import FlashSaleTesting

/// A catalog around the one in memory. A conformer writes the calls that it changes; all others go to the inner one.
protocol CatalogWrapper: SaleCatalog {
    var inner: InMemorySaleLedger { get }
}

extension CatalogWrapper {
    func create(_ plan: SalePlan, fence: FencingNumber?) async throws(LedgerFailure) -> CreateOutcome {
        try await inner.create(plan, fence: fence)
    }

    func change(_ id: SaleID, _ change: SaleChange) async throws(LedgerFailure) -> ChangeOutcome {
        try await inner.change(id, change)
    }

    func log(of id: SaleID, after version: Int32, limit: Int) async throws(LedgerFailure) -> [SaleEvent] {
        try await inner.log(of: id, after: version, limit: limit)
    }

    func sale(_ id: SaleID) async throws(LedgerFailure) -> Sale? { try await inner.sale(id) }

    func agenda() async throws(LedgerFailure) -> Agenda { try await inner.agenda() }

    func items(of sale: Sale, after cursor: Int32, limit: Int) async throws(LedgerFailure) -> [Item] {
        try await inner.items(of: sale, after: cursor, limit: limit)
    }

    func count(_ sale: Sale) async throws(LedgerFailure) -> StockCount { try await inner.count(sale) }
}
