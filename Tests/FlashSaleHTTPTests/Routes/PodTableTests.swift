// Which pod a request is for, over two pods in memory.

import FlashSale
import FlashSaleTesting
import Logging
import Telemetry
import Testing
import WaitingRoom

@testable import FlashSaleHTTP

@Suite("Pods behind the routes") struct PodTableTests {
    private let (home, other): (InMemorySaleLedger, InMemorySaleLedger)
    private let boards: [SaleBoard]
    private let remote: RemotePod
    private let table: PodTable
    private let (main, lego, one): (ShopID, ShopID, PodID)
    private let deadline = ContinuousClock.now + .seconds(60)

    init() async throws {
        one = try #require(PodID(1))
        lego = try #require(ShopID("lego"))
        main = .main
        home = InMemorySaleLedger()
        other = InMemorySaleLedger(clock: home.clock, pod: one)
        boards = [SaleBoard(catalog: home), SaleBoard(catalog: other)]
        remote = RemotePod(one)
        table = PodTable(home: Self.flows(over: home, boards[0]), others: [remote])
        remote.open(Self.flows(over: other, boards[1]))
        await table.hearAnew()
    }

    private static func flows(over ledger: InMemorySaleLedger, _ board: SaleBoard) -> PodFlows {
        let (gate, instruments) = (InMemorySaleGate(), Instruments())
        let logger = Logger(label: "pods") { _ in SwiftLogNoOpLogHandler() }
        return PodFlows(
            checkout: CheckoutFlow(
                board: board, gate: gate, ledger: ledger, confirmations: Confirmations(ledger: ledger) { true },
                codes: CodeMint(), rebuild: { _ in }, instruments: instruments.sale),
            purchase: PurchaseFlow(
                board: board, gate: gate, ledger: ledger, afterwards: Afterwards(), instruments: instruments.sale,
                logger: logger),
            sale: SaleFlow(
                defaults: SaleDefaults(), board: board, counts: StockCounts(gate: gate, catalog: ledger),
                catalog: ledger, rebuild: { _ in }, logger: logger),
            room: RoomFlow(
                book: RoomBook(board: board, ledger: ledger, logger: logger), board: board,
                instruments: instruments.room), placements: PlacementWatch(ledger))
    }

    private func plan(of shop: ShopID, inHours hours: Int = 0) -> SalePlan {
        let start = home.clock.now + .seconds(3_600 * hours)
        return SalePlan(
            startedAt: start, endedAt: start + .seconds(3_600), itemCount: 5, stockPerItem: 1, maxItemsPerBuyer: 5,
            hold: .seconds(60), shop: shop)
    }

    private func created(_ plan: SalePlan) async throws -> SaleID {
        guard case .success(let view) = await SaleRouter(pods: table).create(plan) else {
            throw Missing(what: "a sale")
        }
        return view.sale.id
    }

    @Test("A sale is created where its shop is, though this instance knows an older word, and is found by its number")
    func creation() async throws {
        let before = try await created(plan(of: lego))
        _ = try await ShopMover([.home: home, one: other]).move(lego, to: one)
        let after = try await created(plan(of: lego, inHours: 1))
        let beside = try await created(plan(of: main))
        #expect([before.pod, after.pod, beside.pod] == [.home, one, .home])
        let sales = SaleRouter(pods: table)
        for id in [before, after, beside] {
            guard case .success(let view) = await sales.sale(id) else {
                Issue.record("sale \(id) is not found")
                continue
            }
            #expect(view.sale.id == id)
        }
        guard case .success(let latest) = await sales.latest(9) else { throw Missing(what: "there is no list") }
        #expect(latest.map(\.sale.id) == [after, beside, before] || latest.map(\.sale.id) == [after, before, beside])
        guard case .success(let shown) = await sales.active(in: lego) else { throw Missing(what: "nothing is on") }
        #expect(shown.sale.id == before, "the sale that is on, though the shop has left")
        home.clock.advance(by: .seconds(3_700))
        for board in boards { try await board.refresh() }
        guard case .success(let next) = await sales.active(in: lego) else { throw Missing(what: "nothing is on") }
        #expect(next.sale.id == after)
    }

    @Test("What is on its way is refused as moved")
    func onItsWay() async throws {
        _ = try await home.give(lego, version: 0, to: one)
        guard case .refused(let refusal) = await SaleRouter(pods: table).create(plan(of: lego)) else {
            throw Missing(what: "a sale of a shop without a pod")
        }
        #expect(refusal.reason == .shopMoved)
    }

    @Test("A pod that is away refuses its own sales and shops, and nothing else; of no pod there is no sale")
    func away() async throws {
        _ = try await ShopMover([.home: home, one: other]).move(lego, to: one)
        let (there, here) = (try await created(plan(of: lego)), try await created(plan(of: main)))
        remote.close()
        let (sales, carts, rooms) = (SaleRouter(pods: table), CartRouter(pods: table), RoomRouter(pods: table))
        let ann = try #require(BuyerID("ann"))
        func reason<Value>(_ outcome: Outcome<Value>) -> Reason? {
            if case .refused(let refusal) = outcome { refusal.reason } else { nil }
        }
        let cases: [(SaleID, ShopID, Reason?)] = [(there, lego, .database), (here, main, nil)]
        for (id, shop, expected) in cases {
            #expect(reason(await sales.sale(id)) == expected)
            #expect(reason(await sales.active(in: shop)) == expected)
            #expect(
                reason(
                    await carts.checkout(
                        ItemID(sale: id, number: 1), in: shop, for: ann, queueNumber: nil, key: nil,
                        deadline: deadline)) == expected)
        }
        let code = CheckoutCode(sale: there, high: 1, low: 1)
        #expect(reason(await carts.purchase(code, key: nil, by: nil, deadline: deadline)) == .database)
        #expect(reason(await carts.cancel(code, item: nil, by: nil, deadline: deadline)) == .database)
        #expect(reason(await carts.order(code, by: nil, deadline: deadline)) == .database)
        #expect(reason(await rooms.view(of: there)) == .database)
        #expect(reason(await rooms.knock(ann, at: there, ticket: nil)) == .database)
        #expect(rooms.known(there) == nil && rooms.place(of: ann, in: there, ticket: nil) == nil)
        #expect(reason(await sales.create(plan(of: lego, inHours: 2))) == .database)
        #expect(reason(await sales.sale(SaleID(9 << 24))) == .saleNotFound)
        guard case .success(let latest) = await sales.latest(9) else { throw Missing(what: "there is no list") }
        #expect(latest.map(\.sale.id) == [here])
    }

    @Test(
        "While a pod is away that a shop has left and that may have its last sale, nobody hears that there is none"
    )
    func awayWithItsLastSale() async throws {
        let mover = ShopMover([.home: home, one: other])
        _ = try await mover.move(lego, to: one)
        let last = try await created(plan(of: lego))
        _ = try await mover.move(lego, to: .home)
        await table.hearAnew()
        let next = try await created(plan(of: lego, inHours: 1))
        #expect([last.pod, next.pod] == [one, .home])
        remote.close()
        let sales = SaleRouter(pods: table)
        guard case .refused(let refusal) = await sales.active(in: lego) else { throw Missing(what: "a refusal") }
        #expect(refusal.reason == .database)
        guard case .refused(let none) = await sales.active(in: main) else { throw Missing(what: "a refusal") }
        #expect(none.reason == .saleNotFound, "main was never elsewhere")
        home.clock.advance(by: .seconds(3_700))
        try await boards[0].refresh()
        guard case .success(let shown) = await sales.active(in: lego) else { throw Missing(what: "nothing is on") }
        #expect(shown.sale.id == next)
    }

    @Test("A sale of a pod that shops moved to, and that no setting names, is not called unknown")
    func unnamed() async throws {
        let two = try #require(PodID(2))
        _ = try await home.give(lego, version: 0, to: two)
        await table.hearAnew()
        for (number, reason) in [(2, Reason.database), (9, .saleNotFound)] as [(Int32, Reason)] {
            guard case .refused(let refusal) = await SaleRouter(pods: table).sale(SaleID(number << 24)) else {
                throw Missing(what: "a refusal")
            }
            #expect(refusal.reason == reason)
        }
    }

    @Test("To find the pod costs less than 2 µs, even by a shop's name")
    func cost() async throws {
        _ = try await ShopMover([.home: home, one: other]).move(lego, to: one)
        let id = try await created(plan(of: lego))
        let count = 10_000
        func cost(_ find: () -> PodFlows?) -> Duration {
            (0..<5).map { _ in
                let start = ContinuousClock.now
                for _ in 0..<count where find() == nil { Issue.record("the pod is not found") }
                return (ContinuousClock.now - start) / count
            }.min() ?? .zero
        }
        let (byNumber, byShop) = (cost { table.of(id) }, cost { table.showing(lego) })
        print("the pod of a sale takes \(byNumber), that of a shop \(byShop), in this build")
        // Builds for tests are several times as slow as the service.
        #expect(byNumber < .microseconds(2) && byShop < .microseconds(20))
    }
}

/// An answer that a test expected, and that did not come.
private struct Missing: Error {
    let what: String
}
