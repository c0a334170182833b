// Shops in the domain: each has its own sale, and no shop hears of another's.

import FlashSale
import FlashSaleTesting
import Telemetry
import Testing

@Suite("Shops")
struct ShopTests {
    static let lego = ShopID("lego")!

    @Test(
        "A shop's name is a label of DNS in lower case",
        arguments: ["a", "0", "lego-2", String(repeating: "a", count: 63)])
    func names(text: String) {
        #expect(ShopID(text)?.description == text)
    }

    @Test(
        "Another text names no shop",
        arguments: ["", "-", "-a", "a-", "Lego", "a.b", "a_b", "a b", "é", "a\n", String(repeating: "a", count: 64)])
    func malformed(text: String) {
        #expect(ShopID(text) == nil)
    }

    @Test("The board knows the sale of each shop that is on, and the next")
    func board() async throws {
        let shop = try await FlowFixture()
        let board = shop.board
        #expect(board.active(in: Self.lego) == nil && board.next(in: Self.lego) == nil)
        let beside = try await shop.openSale(in: Self.lego)
        let acme = try await shop.openSale(in: try #require(ShopID("acme")), from: .seconds(600))
        #expect(board.active(in: .main) == shop.sale && board.active(in: Self.lego) == beside)
        #expect(board.active(in: acme.shop) == nil && board.next(in: acme.shop) == acme)
        #expect(board.next(in: .main) == nil && board.next() == [acme])
        #expect(Set(board.active()) == [shop.sale, beside] && Set(board.counted()) == [shop.sale, beside])
        #expect(board.active(beside.id) == beside && board.active(acme.id) == nil)

        shop.clock.advance(by: .seconds(3_600))
        try await board.refresh()
        #expect(board.active() == [acme] && board.counted() == [acme])
        #expect(board.activeOrLast(in: Self.lego) == beside && board.activeOrLast(in: .main) == shop.sale)
    }

    @Test("The figures outlive the last sale of all, whatever its shop")
    func counted() async throws {
        let shop = try await FlowFixture()
        let beside = try await shop.openSale(in: Self.lego)
        shop.clock.advance(by: .seconds(4_000))
        try await shop.board.refresh()
        #expect(shop.board.active().isEmpty && shop.board.counted() == [beside], "it ended half a minute later")
    }

    @Test(
        "An item of another shop's sale is not in the sale, whether that is on, to come or over, with a key or without")
    func items() async throws {
        let shop = try await FlowFixture()
        let ann = try #require(BuyerID("ann"))
        let beside = try await shop.openSale(in: Self.lego)
        let later = try await shop.openSale(in: try #require(ShopID("acme")), from: .seconds(600))
        func ask(_ item: ItemID, in place: ShopID, key: String? = nil) async -> Outcome<CheckoutReceipt> {
            await shop.checkout.checkout(
                item, in: place, for: ann, key: key.flatMap(IdempotencyKey.init), deadline: .patient)
        }
        let foreign = [ItemID(sale: beside.id, number: 1), ItemID(sale: later.id, number: 1)]
        for item in foreign {
            #expect(await ask(item, in: .main) == .refused(Refusal(.itemNotInSale)))
            #expect(await ask(item, in: .main, key: "k") == .refused(Refusal(.itemNotInSale)))
        }
        #expect(await ask(shop.item(1), in: Self.lego, key: "k") == .refused(Refusal(.itemNotInSale)))
        #expect(await ask(ItemID(sale: beside.id, number: 9), in: .main) == .refused(Refusal(.itemNotFound)))
        guard case .success = await ask(foreign[0], in: Self.lego, key: "k"),
            case .success = await ask(shop.item(1), in: .main)
        else { throw Unexpected(what: "a buyer cannot hold in two shops") }
        shop.clock.advance(by: .seconds(4_000))
        try await shop.board.refresh()
        #expect(await ask(foreign[0], in: .main, key: "k") == .refused(Refusal(.itemNotInSale)), "though it is over")
        guard case .success(let again) = await ask(foreign[0], in: Self.lego, key: "k") else {
            throw Unexpected(what: "the key has lost its answer")
        }
        #expect(again.isReplay)
    }

    @Test("A cart is purchased by its code alone: the code names the sale")
    func codes() async throws {
        let shop = try await FlowFixture()
        let beside = try await shop.openSale(in: Self.lego)
        let outcome = await shop.checkout.checkout(
            ItemID(sale: beside.id, number: 2), in: Self.lego, for: try #require(BuyerID("ann")), key: nil,
            deadline: .patient)
        guard case .success(let receipt) = outcome else { throw Unexpected(what: "\(outcome)") }
        #expect(receipt.cart.code.sale == beside.id)
        #expect(await shop.buy(receipt.cart.code).orderMade?.id.sale == beside.id)
    }

    @Test("People are shown the sale of their shop")
    func shown() async throws {
        let shop = try await FlowFixture()
        let beside = try await shop.openSale(in: Self.lego)
        let flow = SaleFlow(
            defaults: SaleDefaults(), board: shop.board,
            counts: StockCounts(gate: shop.gate.inner, catalog: shop.ledger.inner),
            catalog: shop.ledger.inner, rebuild: { _ in }, logger: .silent)
        for (place, sale) in [(ShopID.main, shop.sale), (Self.lego, beside)] {
            guard case .success(let view) = await flow.active(in: place),
                case .success(let shown?) = await flow.shown(in: place)
            else { throw Unexpected(what: "there is no sale in \(place)") }
            #expect(view.sale == sale && shown.view.sale == sale)
        }
        let acme = try #require(ShopID("acme"))
        #expect(await flow.active(in: acme) == .refused(Refusal(.saleNotFound)))
        #expect(try await shop.ledger.inner.latest(10, of: Self.lego).sales == [beside])
        #expect(try await shop.ledger.inner.latest(10).sales == [beside, shop.sale])
    }
}
