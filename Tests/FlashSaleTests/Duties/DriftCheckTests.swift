// The drift check over stores in memory, with a clock that the test moves.

import FlashSale
import FlashSaleTesting
import Telemetry
import Testing

@Suite struct DriftCheckTests {
    @Test("A fact lost in the last of several windows is mended within 5 s, whenever it is lost", arguments: 1...24)
    func lastWindow(looksBefore: Int) async throws {
        let scene = try await DriftScene(lookTakes: .milliseconds(350))
        for _ in 0..<looksBefore { try await scene.look() }
        let lostAt = scene.shop.clock.now
        try await scene.shop.holdInLedgerAlone(4, "ann")
        #expect(try await scene.timeUntilMended(from: lostAt) < .seconds(5))
    }

    @Test("A new holder of the duty looks at all windows at once: an older loss is mended within 3 s")
    func takeover() async throws {
        let scene = try await DriftScene()
        for _ in 0..<9 { try await scene.look() }
        let lostAt = scene.shop.clock.now
        try await scene.shop.holdInLedgerAlone(4, "ann")
        scene.takeOver()
        #expect(try await scene.timeUntilMended(from: lostAt) < .seconds(3))
    }

    @Test("A loss is mended even while every look at every window shows something new")
    func rush() async throws {
        let scene = try await DriftScene(lookTakes: .milliseconds(150))
        for _ in 0..<9 { try await scene.look() }
        let lostAt = scene.shop.clock.now
        try await scene.shop.holdInLedgerAlone(4, "ann")
        var looks = 0
        while try await !scene.isMended(4, "ann") {
            looks += 1
            try await scene.lookInARush("buyer-\(looks)")
            try #require(scene.shop.clock.now - lostAt < .seconds(5))
        }
    }

    @Test("Drift is seen until it is mended, even if as many units are surplus as are missing")
    func metric() async throws {
        let scene = try await DriftScene()
        let drift = scene.shop.instruments.sale.saleStockDriftItems
        for _ in 0..<4 { try await scene.look() }
        #expect(drift.value(.redisVersusRows) == 0)
        // One unit is free only in the gate, and one of another window only in the ledger.
        try await scene.shop.holdInLedgerAlone(4, "ann")
        try await scene.holdInGateAlone(2, "bob")
        var seen: Set<Int> = []
        while try await !scene.isMended(4, "ann") {
            try await scene.look()
            seen.insert(drift.value(.redisVersusRows))
        }
        #expect(seen.contains(2), "\(seen)")
        for _ in 0..<12 { try await scene.look() }
        #expect(drift.value(.redisVersusRows) == 0)
        #expect(scene.shop.instruments.sale.saleReconciliationCorrectionsTotal.value(.down) == 1)
        #expect(scene.shop.instruments.sale.saleReconciliationCorrectionsTotal.value(.up) == 1)
    }

    @Test("A check that was stopped after the ledger's snapshot tells the gate nothing, and mends it at its next look")
    func stopped() async throws {
        let scene = try await DriftScene(lookTakes: .zero)
        let code = try await scene.shop.holdInLedgerAlone(4, "ann")
        for _ in 0..<4 { try await scene.look() }
        let shop = scene.shop
        shop.ledger.afterSnapshot { shop.clock.advance(by: .milliseconds(1_001)) }
        try await scene.look()
        #expect(shop.gate.facts == [], "the unit may be free again")
        shop.ledger.afterSnapshot { shop.clock.advance(by: .milliseconds(999)) }
        while shop.gate.facts.isEmpty { try await scene.look() }
        guard case .held(let hold) = shop.gate.facts[0] else { throw Unexpected(what: "\(shop.gate.facts)") }
        #expect(hold.code == code)
    }
}
