// What must add up, whatever happens to the stores.

import FlashSale
import FlashSaleTesting
import Telemetry
import Testing
import Textbook

@Suite struct ConservationTests {
    @Test(
        "Over failing stores every attempt ends once, and no unit is lost or sold twice",
        arguments: [1, 2, 3, 4, 5] as [UInt64])
    func conserved(seed: UInt64) async throws {
        let shop = try await FlowFixture(stock: 2, limit: 3)
        var generator = SplitMix64(seed: seed)
        var codes: [CheckoutCode] = []
        var sold = 0
        for _ in 0..<400 {
            disturb(shop, using: &generator)
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<6:
                let item = Int32.random(in: 1...4, using: &generator)
                let buyer = "buyer-\(Int.random(in: 1...5, using: &generator))"
                if case .success(let receipt) = try await shop.checkOut(item, buyer) { codes.append(receipt.cart.code) }
            case 6..<8:
                guard let code = codes.randomElement(using: &generator) else { continue }
                if let order = await shop.buy(code).orderMade { sold += order.soldCount }
            case 8:
                guard let code = codes.randomElement(using: &generator) else { continue }
                _ = await shop.checkout.cancel(code, item: nil, deadline: .patient)
            default:
                shop.clock.advance(by: .seconds(Int.random(in: 1...30, using: &generator)))
            }
        }
        await shop.afterwards.drain()
        let sale = shop.instruments.sale
        #expect(sale.checkoutAttemptsTotal.value == sale.checkoutSuccessTotal.value + sale.checkoutFailureTotal.sum)
        #expect(sale.purchaseAttemptsTotal.value == sale.purchaseSuccessTotal.value + sale.purchaseFailureTotal.sum)
        #expect(sale.checkoutInProgress.value == 0 && sale.purchaseInProgress.value == 0)
        let count = try await shop.ledger.inner.count(shop.sale)
        #expect(count.free + count.held + count.sold == shop.sale.unitCount, "seed \(seed)")
        #expect(Int(sale.saleItemsSoldTotal.value) == sold, "seed \(seed): what was promised is what was counted")
        #expect(count.sold >= sold, "seed \(seed): every promise is in the ledger")
        for number in 1...5 {
            let buyer = try #require(BuyerID("buyer-\(number)"))
            let taken = try await shop.ledger.confirm(shop.item(1), for: buyer, deadline: .patient).taken
            #expect(taken <= 3, "seed \(seed): \(buyer) is over the limit")
        }
    }

    @Test("A request that never reached its flow counts as a failed attempt")
    func refusedBefore() async throws {
        let shop = try await FlowFixture()
        shop.checkout.refuse(.validation)
        shop.purchase.refuse(.validation)
        let sale = shop.instruments.sale
        #expect(sale.checkoutAttemptsTotal.value == 1 && sale.checkoutFailureTotal.value(.validation) == 1)
        #expect(sale.purchaseAttemptsTotal.value == 1 && sale.purchaseFailureTotal.value(.validation) == 1)
        #expect(sale.checkoutInProgress.value == 0 && sale.purchaseInProgress.value == 0)
    }

    /// Breaks one of the stores, or repairs it.
    private func disturb(_ shop: FlowFixture, using generator: inout SplitMix64) {
        switch Int.random(in: 0..<8, using: &generator) {
        case 0: shop.ledger.fail(.before([.database, .timeout, .overloaded].randomElement(using: &generator)!))
        case 1: shop.ledger.fail(.after(.database))
        case 2: shop.gate.inner.isAvailable.toggle()
        case 3: shop.gate.isDeaf.toggle()
        default: shop.ledger.fail(nil)
        }
    }
}

extension Counter {
    /// The sum over all labels.
    fileprivate var sum: UInt64 {
        read(at: .now).reduce(0) { sum, series in
            if case .integer(let value) = series { sum + UInt64(value) } else { sum }
        }
    }
}
