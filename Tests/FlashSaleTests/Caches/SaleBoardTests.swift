// Sales by their id: which of them the catalog is asked for.

import FlashSale
import FlashSaleTesting
import Synchronization
import Telemetry
import Testing

@Suite struct SaleBoardTests {
    @Test("An invented sale is looked up nowhere, and all who ask for one share an agenda")
    func invented() async throws {
        let shop = try await FlowFixture()
        let catalog = CountedCatalog(inner: shop.ledger.inner)
        let board = SaleBoard(catalog: catalog)
        await withTaskGroup { group in
            for number in 1...500 {
                group.addTask {
                    let sale = try? await board.sale(SaleID(1_000 + Int32(number)))
                    #expect(sale == .some(nil))
                }
            }
        }
        #expect(catalog.sales.count == 0)
        #expect(catalog.agendas.count < 50)
    }

    @Test("A sale that another instance created a moment ago is found")
    func created() async throws {
        let shop = try await FlowFixture(isAnnounced: false)
        #expect(try await shop.board.sale(shop.sale.id) == shop.sale)
    }

    @Test("A sale that is over is looked up once")
    func over() async throws {
        let shop = try await FlowFixture()
        shop.clock.advance(by: .seconds(86_400 * 2))
        let catalog = CountedCatalog(inner: shop.ledger.inner)
        let board = SaleBoard(catalog: catalog)
        for _ in 1...3 { #expect(try await board.sale(shop.sale.id)?.id == shop.sale.id) }
        #expect(catalog.sales.count == 1)
    }

    @Test("While the ledger cannot be read, nobody hears that a sale does not exist")
    func unreadable() async throws {
        let shop = try await FlowFixture()
        let catalog = CountedCatalog(inner: shop.ledger.inner)
        let board = SaleBoard(catalog: catalog)
        try await board.refresh()
        catalog.failure.withLock { $0 = .database }
        await #expect(throws: LedgerFailure.self) { try await board.sale(SaleID(1_000)) }
        catalog.failure.withLock { $0 = nil }
        #expect(try await board.sale(SaleID(1_000)) == nil)
    }

    @Test("A code of an invented sale reaches neither gate nor ledger")
    func flows() async throws {
        let shop = try await FlowFixture()
        let code = CodeMint().mint(SaleID(1_000))
        shop.ledger.fail(.before(.database))
        #expect(await shop.buy(code) == .refused(Refusal(.checkoutNotFound)))
        #expect(await shop.buy(code, key: "a") == .refused(Refusal(.checkoutNotFound)))
        #expect(await shop.purchase.order(code, deadline: .patient) == .refused(Refusal(.checkoutNotFound)))
        #expect(
            await shop.checkout.cancel(code, item: nil, deadline: .patient) == .refused(Refusal(.checkoutNotFound)))
    }
}

/// Counts what a catalog is asked, and fails its reads if it is told to.
private final class CountedCatalog: CatalogWrapper {
    let inner: InMemorySaleLedger
    let agendas = Asked()
    let sales = Asked()
    let failure = Mutex<Reason?>(nil)

    init(inner: InMemorySaleLedger) {
        self.inner = inner
    }

    func sale(_ id: SaleID) async throws(LedgerFailure) -> Sale? {
        sales.note()
        return try await inner.sale(id)
    }

    func agenda() async throws(LedgerFailure) -> Agenda {
        agendas.note()
        if let reason = failure.withLock({ $0 }) {
            throw LedgerFailure(reason, underlying: Unexpected(what: "the test's own failure"))
        }
        return try await inner.agenda()
    }
}
