// The path of a purchase over stores that agree, differ and fail.

import FlashSale
import FlashSaleTesting
import Telemetry
import Testing

@Suite struct PurchaseFlowTests {
    @Test("A purchase sells the cart, and the gate is told")
    func whole() async throws {
        let shop = try await FlowFixture()
        let code = try await shop.hold(1, "ann")
        _ = try await shop.hold(2, "ann")
        let order = try #require(await shop.buy(code).orderMade, "the cart should be sold")
        #expect(order.soldCount == 2 && order.failedCount == 0)
        #expect(try await shop.count() == [2, 0, 2])
        try await shop.expectAgreement()
        #expect(await shop.purchase.order(code, deadline: .patient) == .success(order))
        let sale = shop.instruments.sale
        #expect(sale.saleItemsSoldTotal.value == 2)
        #expect(sale.checkoutHoldsReleasedTotal.value(.purchased) == 2)
    }

    @Test("A late purchase gets what is left and counts what it did not get, and the gate is told")
    func late() async throws {
        let shop = try await FlowFixture()
        let code = try await shop.hold(1, "ann")
        _ = try await shop.hold(2, "ann")
        shop.clock.advance(by: .seconds(61))
        // The sweeper ends the holds, and one of the units goes to bob.
        let fence = shop.ledger.inner.nextFence(.sweeper)
        let ended = try await shop.ledger.expire(shop.sale.id, in: nil, atMost: 9, fence: fence).ended
        #expect(await shop.gate.tell(ended.map { .released($0.hold) }, of: shop.sale))
        _ = try await shop.hold(1, "bob")
        let order = try #require(await shop.buy(code).orderMade, "what is left should be sold")
        #expect(order.lines.map(\.isSold) == [false, true])
        try await shop.expectAgreement()
        let sale = shop.instruments.sale
        #expect(sale.saleItemsSoldTotal.value == 1)
        #expect(sale.purchaseItemsFailedTotal.value(.checkoutExpired) == 1)
        #expect(sale.purchaseSuccessTotal.value == 1)
    }

    @Test("A repeated purchase gets the same order: as a replay under its key, else as a conflict")
    func repeated() async throws {
        let shop = try await FlowFixture()
        let code = try await shop.hold(1, "ann")
        let order = try #require(await shop.buy(code, key: "k").orderMade, "the cart should be sold")
        #expect(await shop.buy(code, key: "k") == .success(PurchaseReceipt(order: order, isReplay: true)))
        let conflict = Outcome<PurchaseReceipt>.refused(Refusal(.alreadyProcessed, code: code, order: order))
        #expect(await shop.buy(code) == conflict)
        #expect(await shop.buy(code, key: "l") == conflict)
        let sale = shop.instruments.sale
        #expect(sale.saleItemsSoldTotal.value == 1, "an order is counted once")
        #expect(sale.idempotentReplaysTotal.value(.purchase) == 1)
        #expect(sale.checkoutHoldsReleasedTotal.value(.purchased) == 1)
    }

    @Test("A purchase in progress refuses another, but a finished order or a key wins over that")
    func inProgress() async throws {
        let shop = try await FlowFixture()
        let code = try await shop.hold(1, "ann")
        guard case .begun = await shop.gate.inner.begin(code) else {
            Issue.record("the lock is free")
            return
        }
        #expect(await shop.buy(code) == .refused(Refusal(.purchaseInProgress)))
        #expect(try await shop.count() == [3, 1, 0])
        let order = try #require(await shop.buy(code, key: "k").orderMade, "the ledger alone decides under a key")
        #expect(await shop.buy(code) == .refused(Refusal(.alreadyProcessed, code: code, order: order)))
        #expect(await shop.buy(code, key: "k") == .success(PurchaseReceipt(order: order, isReplay: true)))
    }

    @Test("A cart with nothing left is expired, and an unknown code is not found")
    func refused() async throws {
        let shop = try await FlowFixture()
        let code = try await shop.hold(1, "ann")
        shop.clock.advance(by: .seconds(61))
        try await shop.holdInLedgerAlone(1, "bob")
        #expect(await shop.buy(code) == .refused(Refusal(.checkoutExpired)))
        let unknown = CodeMint().mint(shop.sale.id)
        #expect(await shop.buy(unknown) == .refused(Refusal(.checkoutNotFound)))
        #expect(await shop.purchase.order(code, deadline: .patient) == .refused(Refusal(.checkoutNotFound)))
        #expect(shop.instruments.sale.saleItemsSoldTotal.value == 0)
    }

    @Test("An oversell that only a constraint prevented is counted for it")
    func lastWall() async throws {
        let shop = try await FlowFixture()
        let code = try await shop.hold(1, "ann")
        shop.ledger.fail(.byConstraint)
        #expect(await shop.buy(code) == .refused(Refusal(.database)))
        #expect(try await shop.checkOut(2, "bob") == .refused(Refusal(.database)))
        #expect(shop.instruments.sale.saleOversellPreventedTotal.value(.uniqueConstraint) == 2)
    }

    @Test("A cancelled request is its client's doing before its deadline, and a timeout after it")
    func calledOff() async throws {
        let shop = try await FlowFixture()
        let code = try await shop.hold(1, "ann")
        shop.ledger.fail(.before(.clientClosed))
        #expect(await shop.buy(code) == .refused(Refusal(.clientClosed)))
        await shop.afterwards.drain()
        #expect(await shop.purchase.purchase(code, key: nil, deadline: .now) == .refused(Refusal(.timeout)))
        let failures = shop.instruments.sale.purchaseFailureTotal
        #expect(failures.value(.clientClosed) == 1 && failures.value(.timeout) == 1 && failures.value(.database) == 0)
    }

    @Test("However a purchase ends, its code can be purchased again at once")
    func unlocked() async throws {
        let shop = try await FlowFixture()
        let code = try await shop.hold(1, "ann")
        shop.ledger.fail(.before(.database))
        #expect(await shop.buy(code) == .refused(Refusal(.database)))
        await shop.afterwards.drain()
        #expect(try await shop.count() == [3, 1, 0], "the hold stays")
        shop.ledger.fail(nil)
        #expect(await shop.buy(code).orderMade != nil, "the failed purchase has released its lock")
        await shop.afterwards.drain()
        #expect(await shop.buy(CodeMint().mint(shop.sale.id)) == .refused(Refusal(.checkoutNotFound)))
        await shop.afterwards.drain()
        guard case .begun = await shop.gate.inner.begin(code) else {
            Issue.record("the order has released its lock")
            return
        }
    }

    @Test("A code of an unknown sale leaves no lock")
    func noSale() async throws {
        let shop = try await FlowFixture()
        let code = CodeMint().mint(SaleID(99))
        for _ in 1...2 {
            #expect(await shop.buy(code) == .refused(Refusal(.checkoutNotFound)))
            await shop.afterwards.drain()
        }
        #expect(shop.gate.forgotten.isEmpty)
    }

    @Test("A lock that nothing will release no longer counts as held", arguments: [true, false])
    func noRoom(isBreakerOpen: Bool) async throws {
        let (full, now) = (Afterwards(capacity: 0), ContinuousClock.now)
        let afterwards = isBreakerOpen ? Afterwards() : full
        let shop = try await FlowFixture(afterwards: afterwards) { gate in
            // After one failure the breaker tells facts afterwards, and here there is no room for that.
            isBreakerOpen ? FailFastGate(gate, afterwards: full) { now } : gate
        }
        if isBreakerOpen { shop.gate.setReserve(.unavailable) }
        let code = try await shop.hold(1, "ann")
        #expect(await shop.buy(code).orderMade != nil, "the cart should be sold")
        await afterwards.drain()
        #expect(shop.gate.forgotten.map(\.code) == [code])
    }

    @Test("An unknown outcome is settled by a repeated request, with the same key or none", arguments: ["k", nil])
    func unknownOutcome(key: String?) async throws {
        let shop = try await FlowFixture()
        let code = try await shop.hold(1, "ann")
        shop.ledger.fail(.after(.database))
        #expect(await shop.buy(code, key: key) == .refused(Refusal(.database)))
        await shop.afterwards.drain()
        let sale = shop.instruments.sale
        #expect(sale.saleItemsSoldTotal.value == 0 && sale.purchaseSuccessTotal.value == 0)
        shop.ledger.fail(nil)
        switch await shop.buy(code, key: key) {
        case .success(let receipt): #expect(receipt.isReplay && key != nil && receipt.order.soldCount == 1)
        case .refused(let refusal): #expect(key == nil && refusal.reason == .alreadyProcessed && refusal.order != nil)
        }
        #expect(try await shop.count() == [3, 0, 1])
    }

    @Test("Nothing is told or counted before the ledger has committed")
    func afterCommit() async throws {
        let shop = try await FlowFixture()
        let code = try await shop.hold(1, "ann")
        let sale = shop.instruments.sale
        shop.ledger.beforeWrite {
            #expect(shop.gate.facts.isEmpty)
            #expect(sale.saleItemsSoldTotal.value == 0 && sale.purchaseSuccessTotal.value == 0)
            #expect(sale.checkoutHoldsReleasedTotal.value(.purchased) == 0)
            #expect(sale.purchaseAttemptsTotal.value == 1 && sale.purchaseInProgress.value == 1)
        }
        _ = await shop.buy(code)
        await shop.afterwards.drain()
        #expect(shop.gate.facts.count == 1)
    }

    @Test("A buyer does not wait until the gate is told of the order")
    func doesNotWait() async throws {
        let shop = try await FlowFixture()
        let code = try await shop.hold(1, "ann")
        let (replied, reply) = AsyncStream.makeStream(of: Void.self)
        shop.gate.beforeSettle { for await _ in replied {} }
        #expect(await shop.buy(code).orderMade != nil, "the cart should be sold")
        reply.finish()
        try await shop.expectAgreement()
    }
}
