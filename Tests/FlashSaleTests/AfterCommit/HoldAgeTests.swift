// The age of a hold at its end, for each way in which it can end.

import FlashSale
import FlashSaleTesting
import Telemetry
import Testing

@Suite struct HoldAgeTests {
    @Test("A hold is counted once when it ends, with its age, however it ends")
    func ages() async throws {
        let shop = try await FlowFixture()
        let instruments = shop.instruments.sale
        let sweeper = shop.sweeper()
        func sweep(after time: Duration) async throws {
            shop.clock.advance(by: time)
            try await shop.board.refresh()
            _ = try await sweeper.tick(shop.sale, shop.ledger.inner.nextFence(.sweeper))
        }
        let bought = try await shop.hold(1, "ann")
        let cancelled = try await shop.hold(2, "bob")
        shop.clock.advance(by: .seconds(20))
        _ = await shop.buy(bought)
        _ = await shop.buy(bought)
        shop.clock.advance(by: .seconds(5))
        _ = await shop.checkout.cancel(cancelled, item: nil, deadline: .patient)
        _ = try await shop.hold(3, "cat")
        try await sweep(after: .seconds(61))
        shop.clock.advance(by: .seconds(3_540 - 86 - 30))
        _ = try await shop.hold(4, "dan")
        try await sweep(after: .seconds(31))

        let seconds: [HoldOutcome: UInt64] = [.purchased: 20, .cancelled: 25, .expired: 61, .saleEnded: 31]
        for (outcome, age) in seconds {
            #expect(instruments.checkoutHoldsReleasedTotal.value(outcome) == 1, "\(outcome)")
            #expect(instruments.checkoutHoldAgeSeconds.count(outcome) == 1, "\(outcome)")
            #expect(instruments.checkoutHoldAgeSeconds.sum(outcome) == age * 1_000_000_000, "\(outcome)")
        }
    }

    @Test("A sweep goes on past purchased holds to the due ones behind them")
    func pastWhatWasBought() async throws {
        let shop = try await FlowFixture()
        let sweeper = shop.sweeper()
        _ = try await shop.hold(1, "ann")
        _ = await shop.buy(try await shop.hold(2, "bob"))
        _ = await shop.buy(try await shop.hold(3, "cat"))
        _ = try await shop.hold(4, "dan")
        shop.clock.advance(by: .seconds(61))
        try await shop.board.refresh()
        shop.ledger.lookAt(atMost: 1)
        _ = try await sweeper.tick(shop.sale, shop.ledger.inner.nextFence(.sweeper))
        #expect(shop.instruments.sale.checkoutHoldsReleasedTotal.value(.expired) == 2)
        #expect(try await shop.count() == [2, 0, 2])
    }
}
