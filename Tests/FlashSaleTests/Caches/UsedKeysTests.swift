// Idempotency keys in a sale that is sold out: known ones are answered again, others cost the ledger nothing.

import FlashSale
import FlashSaleTesting
import Telemetry
import Testing

@Suite struct UsedKeysTests {
    /// A shop that has sold all its units, the first under a key.
    private func soldOut() async throws -> FlowFixture {
        let shop = try await FlowFixture()
        guard case .success = try await shop.checkOut(1, "ann", key: "k") else { throw Unexpected(what: "a refusal") }
        for item in 2...4 { _ = try await shop.hold(Int32(item), "ann") }
        guard case .success(let receipt) = try await shop.checkOut(1, "ann", key: "k") else {
            throw Unexpected(what: "a refusal of a repetition")
        }
        #expect(await shop.buy(receipt.cart.code).orderMade?.soldCount == 4)
        return shop
    }

    /// Sends checkouts with new keys until one of them does not reach the ledger.
    private func untilSpared(_ shop: FlowFixture) async throws {
        var number = 0
        while true {
            try Task.checkCancellation()
            number += 1
            let before = shop.ledger.requests.count
            #expect(try await shop.checkOut(1, "bob", key: "new-\(number)") == .refused(Refusal(.allItemsSold)))
            if shop.ledger.requests.count == before { return }
            await Task.yield()
        }
    }

    @Test("A key that the ledger does not know costs it nothing", .timeLimit(.minutes(1)))
    func unknownKeys() async throws {
        let shop = try await soldOut()
        try await untilSpared(shop)
        let before = shop.ledger.requests.count
        for number in 1...100 {
            let outcome = try await shop.checkOut(2, "buyer-\(number)", key: "k")
            #expect(outcome == .refused(Refusal(.allItemsSold)))
        }
        #expect(shop.ledger.requests.count == before)
    }

    @Test("A key that it knows gets the same answer as before", .timeLimit(.minutes(1)))
    func knownKey() async throws {
        let shop = try await soldOut()
        try await untilSpared(shop)
        guard case .success(let receipt) = try await shop.checkOut(1, "ann", key: "k") else {
            throw Unexpected(what: "a refusal of a repetition")
        }
        #expect(receipt.isReplay)
        #expect(try await shop.checkOut(2, "ann", key: "k") == .refused(Refusal(.idempotencyKeyReused)))
    }

    @Test("Of two sales that are sold out at once, in two shops, both are spared", .timeLimit(.minutes(1)))
    func twoShops() async throws {
        let shop = try await soldOut()
        let beside = try await shop.openSale(in: ShopTests.lego)
        let ann = try #require(BuyerID("ann"))
        for number in 1...4 {
            let held = await shop.checkout.checkout(
                ItemID(sale: beside.id, number: Int32(number)), in: beside.shop, for: ann, key: nil, deadline: .patient)
            guard case .success(let receipt) = held else { throw Unexpected(what: "\(held)") }
            if number == 4 { #expect(await shop.buy(receipt.cart.code).orderMade?.soldCount == 4) }
        }
        /// Whether a checkout with a new key was refused without the ledger.
        func isSpared(_ item: ItemID, in place: ShopID, _ key: String) async throws -> Bool {
            let before = shop.ledger.requests.count
            let outcome = await shop.checkout.checkout(
                item, in: place, for: try #require(BuyerID("bob")), key: IdempotencyKey(key), deadline: .patient)
            #expect(outcome == .refused(Refusal(.allItemsSold)))
            return shop.ledger.requests.count == before
        }
        var round = 0
        while true {
            try Task.checkCancellation()
            round += 1
            let first = try await isSpared(shop.item(1), in: .main, "new-\(round)")
            let second = try await isSpared(ItemID(sale: beside.id, number: 1), in: beside.shop, "new-\(round)")
            if first, second { return }
            await Task.yield()
        }
    }
}
