// The rebuild duty: what it loads, and when it leaves a gate alone.

import FlashSale
import FlashSaleTesting
import Logging
import Telemetry
import Testing

@Suite("The gate's rebuild")
struct GateRebuildTests {
    @Test("A caller whose stock is old has the gate loaded with the new one, and not again once it is")
    func restocked() async throws {
        let shop = try await FlowFixture()
        let ledger = shop.ledger.inner
        let lock = InMemoryDutyLock { _ in ledger.nextRebuildFence(of: shop.sale.id) }
        let rebuild = GateRebuild(
            catalog: ledger, ledger: ledger, gate: shop.gate.inner, lock: { _ in lock }, afterwards: Afterwards(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let restock = SaleChange(.restock(unitsPerItem: 2), version: nil, actor: "ann", reason: "more came", key: nil)
        guard case .changed(let restocked, isReplay: false) = try await ledger.change(shop.sale.id, restock) else {
            Issue.record("the sale should be restocked")
            return
        }
        #expect(await rebuild.rebuild(shop.sale))
        #expect(await shop.gate.inner.count(restocked) == StockCount(free: 8, held: 0, sold: 0))
        shop.clock.advance(by: .seconds(1))
        // To this caller the gate is still not loaded.
        #expect(await !rebuild.rebuild(shop.sale))
        // A caller with the right stock has its reasons.
        #expect(await rebuild.rebuild(restocked))
    }
}
