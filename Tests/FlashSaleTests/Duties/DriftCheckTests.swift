// The drift check over stores in memory, with a clock that the test moves.

import FlashSale
import FlashSaleTesting
import Telemetry
import Testing

@Suite struct DriftCheckTests {
    @Test(
        "A lost fact is mended within 5 s, whenever it is lost, if a run takes half a second",
        arguments: [0, 1, 500, 999])
    func lostFact(after milliseconds: Int) async throws {
        let scene = try await DriftScene(runTakes: .milliseconds(500))
        for _ in 0..<3 { try await scene.run() }
        let (clock, lostAt) = (scene.shop.clock, scene.shop.clock.now)
        try await scene.shop.holdInLedgerAlone(4, "ann")
        clock.advance(by: .milliseconds(milliseconds))
        #expect(try await scene.timeUntilMended(from: lostAt) <= .seconds(5))
    }

    @Test("A lost purchase is told within 5 s, for its own buyer, and nothing is rebuilt")
    func lostPurchase() async throws {
        let scene = try await DriftScene(runTakes: .milliseconds(500))
        for _ in 0..<3 { try await scene.run() }
        let (sale, lostAt) = (scene.shop.sale, scene.shop.clock.now)
        let code = try await scene.shop.holdInLedgerAlone(4, "ann")
        _ = try await scene.shop.ledger.inner.order(PurchaseRequest(code: code, key: nil), deadline: .patient)
        var truth = try await scene.shop.ledger.inner.snapshot(of: sale)
        while try #require(await scene.shop.gate.stock(of: sale)) != truth.stock {
            try Task.checkCancellation()
            try #require(try await scene.run() - lostAt < .seconds(5))
            truth = try await scene.shop.ledger.inner.snapshot(of: sale)
        }
        #expect(truth.count.sold == 1 && scene.rebuilds == 0)
        guard case .sold(let hold) = scene.shop.gate.facts.last else { throw Unexpected(what: "no sale was told") }
        #expect(hold.code == code && hold.buyer == BuyerID("ann"))
    }

    @Test("A new holder of the duty mends an older loss with its second run")
    func takeover() async throws {
        let scene = try await DriftScene()
        for _ in 0..<3 { try await scene.run() }
        try await scene.shop.holdInLedgerAlone(4, "ann")
        scene.takeOver()
        let takenAt = scene.shop.clock.now
        #expect(try await scene.timeUntilMended(from: takenAt) == DriftCheck.interval)
    }

    @Test("A former holder is stale, changes nothing, and takes nothing from the present one")
    func twoHolders() async throws {
        let scene = try await DriftScene()
        let former = scene.fence
        for _ in 0..<3 { try await scene.run() }
        let other = DriftCheck(
            board: scene.shop.board, gate: scene.shop.gate, ledger: scene.shop.ledger, rebuild: { _ in },
            instruments: Instruments().sale)
        scene.takeOver()
        #expect(try await other.tick(scene.shop.board.active(in: .main), scene.fence) == .done)
        try await scene.shop.holdInLedgerAlone(4, "ann")
        #expect(try await scene.run(under: former) == .stale)
        #expect(try await other.tick(scene.shop.board.active(in: .main), scene.fence) == .done)
        #expect(try await scene.run(under: former) == .stale)
        #expect(scene.shop.gate.facts == [])
        #expect(try await scene.timeUntilMended(from: scene.shop.clock.now) < .seconds(3))
    }

    @Test("A loss is mended even while every run sees something new")
    func rush() async throws {
        let scene = try await DriftScene()
        for _ in 0..<3 { try await scene.run() }
        let lostAt = scene.shop.clock.now
        try await scene.shop.holdInLedgerAlone(4, "ann")
        var runs = 0
        while try await !scene.isMended(4, "ann") {
            runs += 1
            try await scene.runInARush("buyer-\(runs)")
            try #require(scene.shop.clock.now - lostAt < .seconds(5))
        }
    }

    @Test("Holders that differ are found, though both stores show a held unit")
    func otherHolder() async throws {
        let scene = try await DriftScene(stock: 1)
        for _ in 0..<3 { try await scene.run() }
        // The gate has reserved the unit for bob when ann, who did not ask the gate, gets it.
        let sale = scene.shop.sale
        let bob = try #require(BuyerID("bob"))
        _ = await scene.shop.gate.reserve(
            scene.shop.item(4), for: bob, of: sale, candidate: CodeMint().mint(sale.id))
        try await scene.shop.holdInLedgerAlone(4, "ann")
        let drift = scene.shop.instruments.sale.saleStockDriftItems
        try await scene.run()
        #expect(drift.value(.redisVersusRows) == 1)
        #expect(try await scene.timeUntilMended(from: scene.shop.clock.now) <= .seconds(1))
        try await scene.run()
        #expect(drift.value(.redisVersusRows) == 0)
    }

    @Test("A reservation that another's hold has displaced, and that became a hold once that one ended, is told again")
    func displaced() async throws {
        let scene = try await DriftScene(stock: 1)
        for _ in 0..<3 { try await scene.run() }
        let (shop, ann) = (scene.shop, try #require(BuyerID("ann")))
        let candidate = CodeMint().mint(shop.sale.id)
        let reserved = await shop.gate.reserve(shop.item(4), for: ann, of: shop.sale, candidate: candidate)
        guard case .reserved(let unit, candidate) = reserved else { throw Unexpected(what: "\(reserved)") }
        // Before ann's record is sent, bob, who has reserved nothing, gets the unit and gives it back.
        let bobs = Hold(
            unit: unit, code: try await shop.holdInLedgerAlone(4, "bob"), buyer: try #require(BuyerID("bob")),
            expiresAt: shop.sale.endedAt)
        #expect(await shop.gate.settle([.held(bobs)], of: shop.sale, unlocking: nil, for: .buyer))
        _ = await shop.checkout.cancel(bobs.code, item: nil, deadline: .patient)
        let reservation = Hold(unit: unit, code: candidate, buyer: ann, expiresAt: shop.sale.endedAt)
        let request = CheckoutRequest(
            item: shop.item(4), buyer: ann, reservation: reservation, candidate: candidate, key: nil)
        guard case .held(let cart, unit.number, _) = try await shop.ledger.record(request, deadline: .patient),
            cart.code == candidate
        else { throw Unexpected(what: "another hold than the reserved one") }
        #expect(try await !scene.isMended(4, "ann"), "the flow has nothing to tell, and the gate has the unit as free")
        #expect(try await scene.timeUntilMended(from: shop.clock.now) <= .seconds(5))
        #expect(try await scene.isMended(4, "ann"))
    }

    @Test("What no change has told is found when the units are read again")
    func untold() async throws {
        let scene = try await DriftScene()
        for _ in 0..<3 { try await scene.run() }
        try await scene.shop.holdInLedgerAlone(4, "ann")
        _ = try await scene.shop.ledger.changes(of: scene.shop.sale, after: nil, fence: scene.fence)
        #expect(try await scene.timeUntilMended(from: scene.shop.clock.now) <= .seconds(5))
    }

    @Test("Drift is seen until it is mended, even if as many units are surplus as are missing")
    func metric() async throws {
        let scene = try await DriftScene()
        let instruments = scene.shop.instruments.sale
        let drift = instruments.saleStockDriftItems
        for _ in 0..<3 { try await scene.run() }
        #expect(drift.value(.redisVersusRows) == 0)
        // One unit is free only in the gate, and another one only in the ledger.
        try await scene.shop.holdInLedgerAlone(4, "ann")
        try await scene.holdInGateAlone(2, "bob")
        var seen: [Int] = []
        for _ in 0..<4 {
            try await scene.run()
            seen.append(drift.value(.redisVersusRows))
        }
        #expect(seen == [2, 2, -1, 0], "ann's unit is doubted, and so mended a run earlier")
        #expect(instruments.saleReconciliationCorrectionsTotal.value(.down) == 1)
        #expect(instruments.saleReconciliationCorrectionsTotal.value(.up) == 1)
        #expect(instruments.saleReconciliationRunsTotal.value(.drift) == 2)
    }

    @Test("If too many units differ, the ledger is read again, and if they still differ the gate is rebuilt")
    func tooMany() async throws {
        let scene = try await DriftScene(stock: 3_000)
        for _ in 0..<2 { try await scene.run() }
        let sale = scene.shop.sale
        let hold = try await scene.holdInGateAlone(1, "bob")
        var wrong = StockSnapshot(unitCount: sale.unitCount)
        for ordinal in 0..<sale.unitCount {
            let unit = sale.unit(at: ordinal)
            wrong.markHeld(
                ordinal, by: Hold(unit: unit, code: hold.code, buyer: hold.buyer, expiresAt: sale.endedAt))
        }
        #expect(await scene.shop.gate.load(wrong, of: sale))
        for _ in 0..<2 { try await scene.run() }
        #expect(scene.rebuilds == 0)
        try await scene.run()
        #expect(scene.rebuilds == 1)
        #expect(scene.shop.gate.facts.count == 1, "no fact but bob's was told")
    }

    @Test("A gate that does not reply is left alone, and one that has lost the sale is rebuilt")
    func gateGone() async throws {
        let scene = try await DriftScene()
        try await scene.run()
        scene.shop.gate.inner.isAvailable = false
        try await scene.shop.holdInLedgerAlone(4, "ann")
        for _ in 0..<2 { try await scene.run() }
        #expect(scene.rebuilds == 0)
        scene.shop.gate.inner.isAvailable = true
        scene.shop.gate.inner.flush()
        for _ in 0..<2 { try await scene.run() }
        #expect(scene.rebuilds == 2)
        // Meanwhile the ledger need not keep the changes.
        let start = ChangePage([], end: 0, isFull: false)
        let kept = try await scene.shop.ledger.changes(of: scene.shop.sale, after: start, fence: scene.fence)
        guard case .read(let page) = kept else { throw Unexpected(what: "\(kept)") }
        #expect(page.changes == [])
    }

    @Test("A check that was stopped after its look at the ledger tells the gate nothing, and mends it at its next run")
    func stopped() async throws {
        let scene = try await DriftScene()
        for _ in 0..<2 { try await scene.run() }
        let code = try await scene.shop.holdInLedgerAlone(4, "ann")
        try await scene.run()
        let shop = scene.shop
        shop.ledger.afterLook { shop.clock.advance(by: .milliseconds(1_001)) }
        for _ in 0..<3 { try await scene.run() }
        #expect(shop.gate.facts == [], "the unit may be free again")
        shop.ledger.afterLook { shop.clock.advance(by: .milliseconds(999)) }
        while shop.gate.facts.isEmpty {
            try Task.checkCancellation()
            try await scene.run()
        }
        guard case .held(let hold) = shop.gate.facts[0] else { throw Unexpected(what: "\(shop.gate.facts)") }
        #expect(hold.code == code)
    }
}
