// The watch: which sales it asks to rebuild, and what it counts.

import FlashSale
import FlashSaleTesting
import Logging
import Synchronization
import Telemetry
import Testing

@Suite struct SaleWatchTests {
    @Test("A gate that comes back empty is loaded before a buyer asks it, and a loaded one is left alone")
    func loadsGate() async throws {
        let shop = try await FlowFixture()
        let asked = Mutex<[SaleID]>([])
        let watch = watch(shop, catalog: shop.ledger.inner) { sale in asked.withLock { $0.append(sale.id) } }
        await watch.loadGate()
        #expect(asked.withLock { $0 } == [])
        shop.gate.inner.isAvailable = false
        await watch.loadGate()
        #expect(asked.withLock { $0 } == [], "it did not answer, and that says nothing of what it has")
        shop.gate.inner.isAvailable = true
        shop.gate.inner.flush()
        await watch.loadGate()
        #expect(asked.withLock { $0 } == [shop.sale.id])
    }

    @Test("An oversell that only the ledger knows is seen, even if the gate is loaded")
    func seesOversell() async throws {
        let shop = try await FlowFixture()
        let catalog = OversoldCatalog(inner: shop.ledger.inner, soldMore: 3)
        let watch = watch(shop, catalog: catalog) { _ in }
        try await watch.takeInventory(of: [shop.sale])
        watch.show()
        #expect(shop.instruments.sale.saleOversoldItems.value == 3)
        #expect(shop.instruments.sale.saleStockDriftItems.value(.counterVersusRows) == -7)

        try await self.watch(shop, catalog: shop.ledger.inner) { _ in }.takeInventory(of: [shop.sale])
        #expect(shop.instruments.sale.saleOversoldItems.value == 0)
        #expect(shop.instruments.sale.saleStockDriftItems.value(.counterVersusRows) == 0)
    }

    private func watch(
        _ shop: FlowFixture, catalog: any SaleCatalog, rebuild: @escaping @Sendable (Sale) -> Void
    ) -> SaleWatch {
        SaleWatch(
            board: shop.board, counts: StockCounts(gate: shop.gate.inner, catalog: catalog), catalog: catalog,
            gate: shop.gate.inner, rebuild: rebuild, instruments: shop.instruments.sale,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }
}

/// A ledger that has sold all units and some more.
private struct OversoldCatalog: CatalogWrapper {
    let inner: InMemorySaleLedger
    let soldMore: Int

    func count(_ sale: Sale) async throws(LedgerFailure) -> StockCount {
        StockCount(free: 0, held: 0, sold: sale.unitCount + soldMore)
    }
}
