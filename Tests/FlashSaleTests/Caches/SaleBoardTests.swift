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
        let board = SaleBoard(catalog: catalog, othersAge: .seconds(3_600))
        for _ in 1...3 { #expect(try await board.sale(shop.sale.id)?.id == shop.sale.id) }
        #expect(catalog.sales.count == 1)
    }

    @Test("A sale that is over is told as it is now, and as it was while the ledger cannot be read")
    func changed() async throws {
        let shop = try await FlowFixture()
        let catalog = CountedCatalog(inner: shop.ledger.inner)
        let board = SaleBoard(catalog: catalog, othersAge: .zero)
        func told(after acts: [SaleAct]) async throws -> Sale? {
            for act in acts {
                let change = SaleChange(act, version: nil, actor: "ann", reason: "a test", key: nil)
                _ = try await shop.ledger.inner.change(shop.sale.id, change)
            }
            try await board.refresh()
            return try await board.sale(shop.sale.id)
        }
        let ended = try await told(after: [.end])
        #expect(ended?.stockPerItem == 1)
        shop.clock.advance(by: .seconds(5))
        let end = SaleAct.setEnd(shop.clock.now + .seconds(60))
        let again = try await told(after: [end, .restock(unitsPerItem: 3), .end])
        #expect(again?.stockPerItem == 3 && again?.endedAt == shop.clock.now)
        catalog.failure.withLock { $0 = .database }
        #expect(try await board.sale(shop.sale.id) == again)
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
        try fail()
        return try await inner.sale(id)
    }

    func agenda() async throws(LedgerFailure) -> Agenda {
        agendas.note()
        try fail()
        return try await inner.agenda()
    }

    private func fail() throws(LedgerFailure) {
        guard let reason = failure.withLock({ $0 }) else { return }
        throw LedgerFailure(reason, underlying: Unexpected(what: "the test's own failure"))
    }
}
