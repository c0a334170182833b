// What the flows make of an operator's acts.

import FlashSale
import FlashSaleTesting
import Logging
import Telemetry
import Testing

@Suite("A sale's life in the flows")
struct SaleLifeTests {
    private let paused = Refusal(.salePaused)

    @Test("The ledger refuses for a pause that the board does not know, and the gate's unit is free again")
    func unknown() async throws {
        let shop = try await FlowFixture()
        let code = try await shop.hold(1, "ann")
        _ = try await change(.pause(.all), of: shop)
        #expect(try await shop.checkOut(2, "bob") == .refused(paused))
        #expect(await shop.buy(code) == .refused(paused))
        #expect(shop.ledger.requests.count == 2)
        #expect(try await shop.count() == [3, 1, 0])
        try await shop.expectAgreement()
        #expect(shop.instruments.sale.checkoutFailureTotal.value(.salePaused) == 1)
        #expect(shop.instruments.sale.purchaseFailureTotal.value(.salePaused) == 1)
        _ = try await change(.resume, of: shop)
        #expect(await shop.buy(code).orderMade != nil)
    }

    @Test("A fresh board refuses for a pause by itself, and leaves a key to the ledger")
    func known() async throws {
        let shop = try await FlowFixture()
        let first = try await shop.checkOut(1, "ann", key: "k")
        _ = try await change(.pause(.holds), of: shop)
        try await shop.board.refresh()
        #expect(try await shop.checkOut(2, "bob") == .refused(paused))
        #expect(shop.ledger.requests.count == 1)
        guard case .success(let receipt) = try await shop.checkOut(1, "ann", key: "k"), case .success(let held) = first
        else {
            Issue.record("the key should get its hold again")
            return
        }
        #expect(receipt.isReplay && receipt.cart == held.cart)
        #expect(try await shop.checkOut(2, "bob", key: "k") == .refused(paused))
    }

    @Test("A board that is not fresh does not refuse for a pause that may be over")
    func old() async throws {
        let shop = try await FlowFixture()
        _ = try await change(.pause(.holds), of: shop)
        try await shop.board.refresh()
        _ = try await change(.resume, of: shop)
        while shop.board.isFresh {
            try Task.checkCancellation()
            await Task.yield()
        }
        _ = try await shop.hold(1, "ann")
    }

    @Test("A board that is not fresh looks again before it refuses for the end of a sale that may be extended")
    func extended() async throws {
        let shop = try await FlowFixture()
        _ = try await change(.end, of: shop)
        shop.clock.advance(by: .seconds(1))
        try await shop.board.refresh()
        #expect(try await shop.checkOut(1, "ann") == .refused(Refusal(.saleNotActive)))
        _ = try await change(.setEnd(shop.sale.endedAt + .seconds(60)), of: shop)
        while shop.board.isFresh {
            try Task.checkCancellation()
            await Task.yield()
        }
        _ = try await shop.hold(1, "ann")
    }

    @Test("A change is on the board at once, and an extended sale is loaded anew")
    func heeded() async throws {
        let shop = try await FlowFixture()
        let rebuilds = Asked()
        let flow = SaleFlow(
            defaults: SaleDefaults(), board: shop.board,
            counts: StockCounts(gate: shop.gate.inner, catalog: shop.ledger.inner), catalog: shop.ledger.inner,
            rebuild: { _ in rebuilds.note() }, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let pause = SaleChange(.pause(.holds), version: 1, actor: "ann", reason: "why", key: IdempotencyKey("k"))
        for isReplay in [false, true] {
            guard case .success(let receipt) = await flow.change(shop.sale.id, pause) else {
                Issue.record("the sale should be paused")
                return
            }
            #expect(receipt.isReplay == isReplay && receipt.sale.pause == .holds)
        }
        #expect(shop.board.active(in: .main)?.pause == .holds && rebuilds.count == 0)
        let end = SaleChange(
            .setEnd(shop.sale.endedAt + .seconds(60)), version: 2, actor: "ann", reason: "why", key: nil)
        _ = await flow.change(shop.sale.id, end)
        #expect(shop.board.active(in: .main)?.endedAt == shop.sale.endedAt + .seconds(60) && rebuilds.count == 1)
        #expect(await flow.log(of: shop.sale.id, after: 0, limit: 9) == .success(try await log(of: shop)))
        #expect(await flow.current(SaleID(77)) == .refused(Refusal(.saleNotFound)))
    }

    @Test("People are shown the sale that is on, then the last while its holds live, then the next, or its open room")
    func shown() async throws {
        let shop = try await FlowFixture()
        let catalog = shop.ledger.inner
        let flow = SaleFlow(
            defaults: SaleDefaults(), board: shop.board, counts: StockCounts(gate: shop.gate.inner, catalog: catalog),
            catalog: catalog, rebuild: { _ in }, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        func shown() async throws -> (sale: SaleID?, next: Timestamp?) {
            try await shop.board.refresh()
            guard case .success(let shown) = await flow.shown(in: .main) else { throw CancellationError() }
            return (shown?.view.sale.id, shown?.nextStart)
        }
        #expect(try await shown() == (shop.sale.id, nil))
        let start = shop.sale.endedAt + .seconds(600)
        let plan = SalePlan(
            startedAt: start, endedAt: start + .seconds(60), itemCount: 1, stockPerItem: 1, maxItemsPerBuyer: 1,
            hold: .seconds(60), gather: .seconds(570))
        guard case .created(let next) = try await catalog.create(plan, fence: nil) else { throw CancellationError() }
        #expect(try await shown() == (shop.sale.id, start))
        _ = try await change(.end, of: shop)
        #expect(try await shown() == (shop.sale.id, start), "holds live on")
        shop.clock.advance(by: .seconds(61))
        #expect(try await shown() == (next.id, start), "though the board knows the old end of the last")
        shop.clock.advance(by: start - shop.clock.now - .seconds(569))
        #expect(try await shown() == (next.id, start), "its room has opened")
        shop.clock.advance(by: .seconds(570))
        #expect(try await shown() == (next.id, nil))
        shop.clock.advance(by: .seconds(700))
        #expect(try await shown() == (next.id, nil), "and there is no other")
    }

    @Test("A checkout of a sale with a line can be sent again with its number when the sale is over")
    func replayAfterTheLine() async throws {
        let shop = try await FlowFixture(gather: .seconds(30))
        let first = try await shop.checkOut(1, "ann", queueNumber: 7, key: "a")
        #expect(try await shop.checkOut(2, "bob", key: "b") == .refused(Refusal(.waitingRoom)))
        _ = try await change(.end, of: shop)
        try await shop.board.refresh()
        guard case .success(let again) = try await shop.checkOut(1, "ann", queueNumber: 7, key: "a"),
            case .success(let receipt) = first
        else { return #expect(Bool(false), "\(first)") }
        #expect(again.isReplay && again.cart.code == receipt.cart.code)
        for number in [7, nil] as [Int32?] {
            #expect(
                try await shop.checkOut(2, "bob", queueNumber: number, key: "b") == .refused(Refusal(.saleNotActive)))
        }
    }

    private func log(of shop: FlowFixture) async throws -> [SaleEvent] {
        try await shop.ledger.inner.log(of: shop.sale.id, after: 0, limit: 9)
    }

    private func change(_ act: SaleAct, of shop: FlowFixture) async throws -> ChangeOutcome {
        try await shop.ledger.inner.change(
            shop.sale.id, SaleChange(act, version: nil, actor: "ann", reason: "why", key: nil))
    }
}
