// The path of a checkout over stores that agree, differ and fail.

import FlashSale
import FlashSaleTesting
import Telemetry
import Testing

@Suite struct CheckoutFlowTests {
    @Test("A checkout holds the gate's unit in the ledger, and both stores know")
    func held() async throws {
        let shop = try await FlowFixture()
        let code = try await shop.hold(1, "ann")
        #expect(try await shop.hold(2, "ann") == code)
        #expect(try await shop.hold(3, "bob") != code)
        #expect(try await shop.count() == [1, 3, 0])
        #expect(shop.gate.facts.isEmpty, "there is nothing to correct")
        #expect(shop.instruments.sale.checkoutHoldsCreatedTotal.value == 3)
    }

    @Test("If the gate differs in unit or code, the ledger wins, and the gate is told", arguments: [1, 2])
    func corrected(stock: Int) async throws {
        let shop = try await FlowFixture(stock: stock)
        // The gate picks unit 1 of item 1, and a new cart for ann.
        if stock > 1 { try await shop.holdInLedgerAlone(1, "bob") }
        let cart = try await shop.holdInLedgerAlone(2, "ann")
        #expect(try await shop.hold(1, "ann") == cart)
        let known = try #require(await shop.gate.snapshot(of: shop.sale))
        let truth = try await shop.ledger.snapshot(of: shop.sale)
        #expect(known.held[stock - 1]?.code == truth.held[stock - 1]?.code)
    }

    @Test("A cart that has closed without the gate knowing is not opened again", arguments: [true, false])
    func staleCode(isBought: Bool) async throws {
        let shop = try await FlowFixture()
        let first = try await shop.hold(1, "ann")
        shop.gate.isDeaf = true
        if isBought {
            _ = await shop.buy(first)
            await shop.afterwards.drain()
        } else {
            shop.clock.advance(by: .seconds(61))
        }
        shop.gate.isDeaf = false
        let second = try await shop.hold(2, "ann")
        #expect(second != first)
        #expect(try await shop.ledger.snapshot(of: shop.sale).held[1]?.code == second)
        #expect(await shop.gate.snapshot(of: shop.sale)?.held[1]?.code == second)
    }

    @Test("If the sale is not loaded, a rebuild is asked for and the checkout goes on through the ledger")
    func notLoaded() async throws {
        let shop = try await FlowFixture()
        shop.gate.inner.flush()
        _ = try await shop.hold(1, "ann")
        #expect(shop.rebuilds == 1)
        #expect(try await shop.count() == [3, 1, 0])
    }

    @Test("Without a gate the sale goes on through the ledger")
    func unavailable() async throws {
        let shop = try await FlowFixture(limit: 1)
        shop.gate.inner.isAvailable = false
        let code = try await shop.hold(1, "ann")
        #expect(try await shop.checkOut(1, "ann") == .refused(Refusal(.alreadyCheckedOut, code: code)))
        #expect(try await shop.checkOut(2, "ann") == .refused(Refusal(.userLimitExceeded)))
        guard case .refused(let refusal) = try await shop.checkOut(1, "bob") else {
            Issue.record("the item is held")
            return
        }
        #expect(refusal.reason == .itemHeld && refusal.retryAt != nil)
        #expect(shop.rebuilds == 0)
        #expect(await shop.buy(code).orderMade != nil, "a purchase needs no gate")
    }

    @Test(
        "A buyer does not hear a no of the gate that the ledger contradicts",
        arguments: [Reason.itemHeld, .itemSold, .userLimitExceeded, .alreadyCheckedOut])
    func contradicted(reason: Reason) async throws {
        let shop = try await FlowFixture()
        shop.gate.setReserve(.refused(reason))
        _ = try await shop.hold(1, "ann")
        #expect(try await shop.count() == [3, 1, 0])
        #expect(shop.ledger.confirmations == 1)
        // The gate knows the hold that it had refused.
        #expect(await shop.gate.count(shop.sale)?.held == 1)
    }

    @Test("A checkout that found no unit is recorded again while the ledger says that there is one")
    func freedSince() async throws {
        let shop = try await FlowFixture()
        shop.ledger.findNone(times: Limits.recordsPerCheckout - 1)
        _ = try await shop.hold(1, "ann")
        #expect(shop.ledger.requests.count == Limits.recordsPerCheckout)
        #expect(shop.ledger.requests.dropFirst().allSatisfy { $0.reservation == nil })
        try await shop.expectAgreement()
        // If it never finds one, the buyer hears that a retry may help, and not that the item is held.
        shop.ledger.findNone(times: .max)
        #expect(try await shop.checkOut(2, "bob") == .refused(Refusal(.timeout)))
        #expect(shop.ledger.requests.count == 2 * Limits.recordsPerCheckout)
        try await shop.expectAgreement()
    }

    @Test("A confirmed no tells what helps: the time, the cart, or that no unit is left")
    func confirmed() async throws {
        let shop = try await FlowFixture(limit: 3)
        let code = try await shop.hold(1, "ann")
        guard case .refused(let held) = try await shop.checkOut(1, "bob") else {
            Issue.record("the item is held")
            return
        }
        #expect(held.reason == .itemHeld)
        #expect(held.retryAt == shop.clock.now + shop.sale.hold + Limits.holdGrace)
        #expect(try await shop.checkOut(1, "ann") == .refused(Refusal(.alreadyCheckedOut, code: code)))
        _ = try await shop.hold(2, "ann")
        _ = try await shop.hold(3, "ann")
        #expect(try await shop.checkOut(4, "ann") == .refused(Refusal(.userLimitExceeded)))
        _ = await shop.buy(code)
        await shop.afterwards.drain()
        #expect(try await shop.checkOut(2, "bob") == .refused(Refusal(.itemSold)))
        _ = await shop.buy(try await shop.hold(4, "bob"))
        await shop.afterwards.drain()
        #expect(try await shop.checkOut(3, "cat") == .refused(Refusal(.allItemsSold)))
    }

    @Test("Refusals in a sold-out sale cost the gate one call and the ledger one read")
    func soldOut() async throws {
        let shop = try await FlowFixture()
        for item in 1...4 as ClosedRange<Int32> { _ = await shop.buy(try await shop.hold(item, "ann")) }
        await shop.afterwards.drain()
        let asked = shop.gate.asked
        for number in 1...100 {
            #expect(try await shop.checkOut(Int32(number % 4) + 1, "b\(number)") == .refused(Refusal(.allItemsSold)))
        }
        #expect(shop.ledger.confirmations == 1)
        #expect(shop.gate.asked == asked + 1)
    }

    @Test("A reservation that the ledger refuses is released at once")
    func refusedByLedger() async throws {
        let shop = try await FlowFixture()
        // The sale is on by the board's agenda, and over by the ledger's clock.
        shop.clock.advance(by: .seconds(3_600))
        #expect(try await shop.checkOut(1, "ann") == .refused(Refusal(.saleNotActive)))
        #expect(await shop.gate.count(shop.sale)?.free == 4)
    }

    @Test("A buyer that lets holds end is refused, and another gets the unit")
    func lapsed() async throws {
        let shop = try await FlowFixture(lapses: 1)
        _ = try await shop.hold(1, "ann")
        shop.clock.advance(by: .seconds(61))
        #expect(try await shop.checkOut(2, "ann") == .refused(Refusal(.holdLimitExceeded)))
        #expect(shop.instruments.sale.checkoutFailureTotal.value(.holdLimitExceeded) == 1)
        #expect(await shop.gate.count(shop.sale)?.held == 1, "the reservation went back")
        _ = try await shop.hold(2, "bob")
    }

    @Test("An unknown outcome promises nothing and releases nothing")
    func unknownOutcome() async throws {
        let shop = try await FlowFixture()
        shop.ledger.fail(.after(.timeout))
        #expect(try await shop.checkOut(1, "ann") == .refused(Refusal(.timeout)))
        #expect(shop.gate.facts.isEmpty)
        try await shop.expectHeldInBoth()
        shop.ledger.fail(nil)
        guard case .refused(let again) = try await shop.checkOut(1, "ann") else {
            Issue.record("the first request holds the item")
            return
        }
        #expect(again.reason == .alreadyCheckedOut && again.code != nil)
    }

    @Test("A ledger that fails makes no promise", arguments: [Reason.database, .timeout, .overloaded])
    func ledgerFails(reason: Reason) async throws {
        let shop = try await FlowFixture()
        shop.ledger.fail(.before(reason))
        #expect(try await shop.checkOut(1, "ann") == .refused(Refusal(reason)))
        #expect(try await shop.count() == [4, 0, 0])
        #expect(shop.instruments.sale.checkoutFailureTotal.value(reason) == 1)
        #expect(shop.instruments.sale.checkoutHoldsCreatedTotal.value == 0)
    }

    @Test("A key gets its receipt again, even if the gate would refuse or the sale is over")
    func keys() async throws {
        let shop = try await FlowFixture()
        let first = try await shop.checkOut(1, "ann", key: "k")
        guard case .success(let receipt) = first, !receipt.isReplay else {
            Issue.record("the first should hold: \(first)")
            return
        }
        let replay = Outcome.success(
            CheckoutReceipt(cart: receipt.cart, saleEndsAt: receipt.saleEndsAt, isReplay: true))
        #expect(try await shop.checkOut(1, "ann", key: "k") == replay)
        #expect(try await shop.checkOut(2, "ann", key: "k") == .refused(Refusal(.idempotencyKeyReused)))
        #expect(await shop.gate.count(shop.sale)?.held == 1, "the refused request's reservation is released")
        shop.clock.advance(by: .seconds(3_600))
        try await shop.board.refresh()
        #expect(try await shop.checkOut(1, "ann", key: "k") == replay)
        #expect(try await shop.checkOut(1, "ann") == .refused(Refusal(.saleNotActive)))
        let sale = shop.instruments.sale
        #expect(sale.idempotentReplaysTotal.value(.checkout) == 2 && sale.checkoutHoldsCreatedTotal.value == 1)
    }

    @Test("An item of another sale is told from one that never existed")
    func window() async throws {
        let shop = try await FlowFixture()
        let next = SalePlan(
            startedAt: shop.sale.endedAt, endedAt: shop.sale.endedAt + .seconds(60), itemCount: 1, stockPerItem: 1,
            maxItemsPerBuyer: 1, hold: .seconds(1))
        guard case .created(let sale) = try await shop.ledger.inner.create(next, fence: nil) else {
            Issue.record("the next sale should be created")
            return
        }
        try await shop.board.refresh()
        let ann = try #require(BuyerID("ann"))
        func ask(_ item: ItemID) async -> Outcome<CheckoutReceipt> {
            await shop.checkout.checkout(item, for: ann, key: nil, deadline: .patient)
        }
        #expect(await ask(shop.item(5)) == .refused(Refusal(.itemNotFound)))
        #expect(await ask(ItemID(sale: SaleID(99), number: 1)) == .refused(Refusal(.itemNotFound)))
        let early = await ask(ItemID(sale: sale.id, number: 1))
        #expect(early == .refused(Refusal(.saleNotActive, retryAt: sale.startedAt)))
        shop.clock.advance(by: .seconds(3_541))
        try await shop.board.refresh()
        #expect(await ask(shop.item(1)) == .refused(Refusal(.itemNotInSale)))
    }

    @Test("A sale that is younger than the agenda is on, even for a request without a key")
    func created() async throws {
        let shop = try await FlowFixture(isAnnounced: false)
        #expect(shop.board.active().isEmpty)
        _ = try await shop.hold(1, "ann")
    }

    @Test("A cancelled hold is free in both stores, and a refused cancel says why")
    func cancel() async throws {
        let shop = try await FlowFixture()
        let code = try await shop.hold(1, "ann")
        _ = try await shop.hold(2, "ann")
        func cancel(_ code: CheckoutCode, _ item: Int32? = nil) async -> Outcome<CancelReceipt> {
            await shop.checkout.cancel(code, item: item.map { shop.item($0) }, deadline: .patient)
        }
        #expect(await cancel(code, 3) == .refused(Refusal(.itemNotFound)))
        #expect(await cancel(code, 1) == .success(CancelReceipt(items: [shop.item(1)], itemsLeft: 1)))
        try await shop.expectAgreement()
        shop.ledger.fail(.before(.database))
        #expect(await cancel(code) == .refused(Refusal(.database)))
        shop.ledger.fail(nil)
        try await shop.expectAgreement()
        #expect(await cancel(code) == .success(CancelReceipt(items: [shop.item(2)], itemsLeft: 0)))
        #expect(await cancel(code) == .refused(Refusal(.checkoutExpired)))
        #expect(await cancel(CodeMint().mint(shop.sale.id)) == .refused(Refusal(.checkoutNotFound)))
        try await shop.expectAgreement()
        #expect(shop.instruments.sale.checkoutHoldsReleasedTotal.value(.cancelled) == 2)
    }

    @Test("Only a waiting buyer bounds how long it takes to tell the gate")
    func waiters() async throws {
        let shop = try await FlowFixture()
        shop.gate.setReserve(.unavailable)
        let code = try await shop.hold(1, "ann")
        _ = await shop.checkout.cancel(code, item: nil, deadline: .patient)
        #expect(shop.gate.waiters == [.buyer, .buyer])
        _ = await shop.buy(try await shop.hold(2, "ann"))
        await shop.afterwards.drain()
        #expect(shop.gate.waiters == [.buyer, .buyer, .buyer, .nobody])
    }

    @Test("Nothing is told or counted before the ledger has committed")
    func afterCommit() async throws {
        let shop = try await FlowFixture()
        shop.gate.setReserve(.unavailable)
        let sale = shop.instruments.sale
        shop.ledger.beforeWrite {
            #expect(shop.gate.facts.isEmpty)
            #expect(sale.checkoutHoldsCreatedTotal.value == 0 && sale.checkoutSuccessTotal.value == 0)
            #expect(sale.checkoutAttemptsTotal.value == 1 && sale.checkoutInProgress.value == 1)
        }
        let code = try await shop.hold(1, "ann")
        shop.ledger.beforeWrite {
            #expect(shop.gate.facts.count == 1)
            #expect(sale.checkoutHoldsReleasedTotal.value(.cancelled) == 0)
        }
        _ = await shop.checkout.cancel(code, item: nil, deadline: .patient)
        #expect(shop.gate.facts.count == 2)
    }
}

extension FlowFixture {
    /// Expects one held unit in the gate and in the ledger, under any code.
    fileprivate func expectHeldInBoth() async throws {
        #expect(await gate.count(sale)?.held == 1)
        #expect(try await count() == [3, 1, 0])
    }
}
