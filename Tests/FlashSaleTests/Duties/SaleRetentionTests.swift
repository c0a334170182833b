// The duty of retention over the ledger in memory.

import FlashSale
import FlashSaleTesting
import Telemetry
import Testing

@Suite struct SaleRetentionTests {
    @Test("An ended sale leaves step by step, and then the duty rests")
    func leaves() async throws {
        let shop = try await FlowFixture()
        let code = try await shop.hold(1, "ann")
        #expect(await shop.buy(code).orderMade != nil)
        let retention = SaleRetention(
            RetentionPolicy(hotHours: 2), board: shop.board, ledger: shop.ledger,
            instruments: shop.instruments.retention)
        let fence = shop.ledger.inner.nextFence(.retention)
        #expect(try await retention.tick(fence) == .done, "the sale is on")
        let idleAt = shop.instruments.retention.lastIdleTimestampSeconds.value(.home)
        #expect(idleAt > 0)

        shop.clock.advance(by: .seconds(3 * 3_600))
        #expect(try await retention.tick(fence) == .again(after: .milliseconds(100)))
        #expect(shop.instruments.retention.rowsTotal.value(.moved) == 1)
        #expect(shop.instruments.retention.lastIdleTimestampSeconds.value(.home) == idleAt, "there was something to do")
        #expect(try await retention.tick(fence) == .done)
        guard case .success(let order) = await shop.purchase.order(code, deadline: .patient) else {
            Issue.record("the order is lost")
            return
        }
        #expect(order.code == code)
    }

    @Test("The duty stops when another instance has it")
    func stale() async throws {
        let shop = try await FlowFixture()
        let retention = SaleRetention(
            RetentionPolicy(), board: shop.board, ledger: shop.ledger, instruments: shop.instruments.retention)
        let fence = shop.ledger.inner.nextFence(.retention)
        _ = shop.ledger.inner.nextFence(.retention)
        #expect(try await retention.tick(fence) == .stale)
    }
}
