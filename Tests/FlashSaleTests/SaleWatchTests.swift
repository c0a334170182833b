// The watch over the gate: what it has loaded, and what it leaves alone.

import FlashSale
import FlashSaleTesting
import Logging
import Synchronization
import Telemetry
import Testing

@Suite struct SaleWatchTests {
    @Test("A gate that has come back empty is loaded before a buyer asks it, one that is whole is left alone")
    func loadsGate() async throws {
        let shop = try await FlowFixture()
        let asked = Mutex<[SaleID]>([])
        let ledger = shop.ledger.inner
        let watch = SaleWatch(
            board: shop.board, counts: StockCounts(gate: shop.gate.inner, catalog: ledger), gate: shop.gate.inner,
            rebuild: { sale in asked.withLock { $0.append(sale.id) } }, instruments: shop.instruments.sale,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        await watch.loadGate()
        #expect(asked.withLock { $0 } == [])
        shop.gate.inner.flush()
        await watch.loadGate()
        #expect(asked.withLock { $0 } == [shop.sale.id])
    }
}
