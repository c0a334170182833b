// The gate behind a breaker: what buyers notice of a gate that is slow or dead.

import FlashSale
import FlashSaleTesting
import Synchronization
import Testing

@Suite struct FailFastGateTests {
    private static let bounds = CircuitBreaker.Bounds(
        failuresMax: 3, window: .seconds(1), pause: .milliseconds(250), patience: .milliseconds(100))
    private static let start = ContinuousClock.now

    @Test("The gate behind a breaker keeps the rules of the buyers' half", arguments: SaleGateConformance.all)
    func conforms(to rule: SaleGateConformance) async throws {
        let gate = InMemorySaleGate()
        try await rule.run(on: FailFastGate(gate, afterwards: Afterwards()), upkeep: gate)
    }

    @Test("Only the first few buyers wait for a dead gate; the others go to the ledger until a probe succeeds")
    func flow() async throws {
        let time = Mutex(Self.start)
        let afterwards = Afterwards()
        let shop = try await FlowFixture(stock: 20) { gate in
            FailFastGate(gate, afterwards: afterwards, bounds: Self.bounds) { time.withLock { $0 } }
        }
        shop.gate.setReserve(.unavailable)
        for number in 1...20 { _ = try await shop.hold(1, "buyer-\(number)") }
        #expect(shop.gate.asked == 3)
        shop.gate.setReserve(nil)
        _ = try await shop.hold(2, "ann")
        #expect(shop.gate.asked == 3, "it is back, and no step has found out")
        time.withLock { $0 += .milliseconds(250) }
        for number in 1...5 { _ = try await shop.hold(3, "buyer-\(number)") }
        #expect(shop.gate.asked == 8, "the probe, and all after it")
        await afterwards.drain()
        try await shop.expectAgreement()
    }

    @Test("A slow gate opens the breaker; a service that is slow itself does not", arguments: [true, false])
    func ownTime(isGateSlow: Bool) async throws {
        let time = Mutex(Self.start)
        let waited = Mutex(Duration.zero)
        let shop = try await FlowFixture(stock: 20) { gate in
            FailFastGate(
                gate, afterwards: Afterwards(), bounds: Self.bounds,
                waiting: WaitingTime { waited.withLock { $0 } }, clock: { time.withLock { $0 } })
        }
        shop.gate.beforeReserve {
            time.withLock { $0 += .milliseconds(150) }
            if isGateSlow { waited.withLock { $0 += .milliseconds(150) } }
        }
        for number in 1...10 { _ = try await shop.hold(1, "buyer-\(number)") }
        #expect(shop.gate.asked == (isGateSlow ? 3 : 10))
    }

    @Test("Buyers that hang up neither open the breaker nor use up a probe", arguments: [true, false])
    func hangUps(isOpen: Bool) async throws {
        let time = Mutex(Self.start)
        let shop = try await FlowFixture(stock: 20) { gate in
            FailFastGate(gate, afterwards: Afterwards(), bounds: Self.bounds) { time.withLock { $0 } }
        }
        shop.gate.setReserve(.unavailable)
        if isOpen {
            for number in 1...3 { _ = try await shop.hold(1, "buyer-\(number)") }
            time.withLock { $0 += .milliseconds(250) }
        }
        let asked = shop.gate.asked
        for number in 1...5 {
            // The gate learns of the hang-up as Redis's client does: before the reply.
            shop.gate.beforeReserve { withUnsafeCurrentTask { $0?.cancel() } }
            _ = await Task { try await shop.checkOut(2, "gone-\(number)") }.result
        }
        #expect(shop.gate.asked == asked + 5, "each step asks, or probes in turn")
        shop.gate.beforeReserve {}
        shop.gate.setReserve(nil)
        for number in 1...5 { _ = try await shop.checkOut(3, "buyer-\(number)") }
        #expect(shop.gate.asked == asked + 10)
    }

    @Test("A lone buyer waits for a silent gate once, and not again until it has heard of the hold")
    func loneBuyer() async throws {
        let afterwards = Afterwards()
        let shop = try await FlowFixture { gate in
            FailFastGate(gate, afterwards: afterwards, bounds: Self.bounds) { Self.start }
        }
        shop.gate.setReserve(.unavailable)
        let (replied, reply) = AsyncStream.makeStream(of: Void.self)
        shop.gate.beforeSettle { for await _ in replied {} }
        _ = try await shop.hold(4, "ann")
        reply.finish()
        await afterwards.drain()
        try await shop.expectAgreement()
    }

    @Test("While it is open, a buyer does not wait until the gate has heard of the hold")
    func settling() async throws {
        let afterwards = Afterwards()
        let shop = try await FlowFixture { gate in
            FailFastGate(gate, afterwards: afterwards, bounds: Self.bounds) { Self.start }
        }
        shop.gate.setReserve(.unavailable)
        for item in 1...3 as ClosedRange<Int32> { _ = try await shop.hold(item, "ann") }
        let (replied, reply) = AsyncStream.makeStream(of: Void.self)
        shop.gate.beforeSettle { for await _ in replied {} }
        _ = try await shop.hold(4, "ann")
        reply.finish()
        await afterwards.drain()
        #expect(shop.gate.waiters.allSatisfy { $0 == .nobody })
        try await shop.expectAgreement()
    }

    @Test("While it is open, counts that a buyer waits for come from the ledger", arguments: [true, false])
    func counts(isOpen: Bool) async throws {
        let afterwards = Afterwards()
        let gate = UnreliableGate()
        let failFast = FailFastGate(gate, afterwards: afterwards, bounds: Self.bounds) { Self.start }
        let shop = try await FlowFixture(afterwards: afterwards)
        #expect(await gate.inner.load(StockSnapshot(unitCount: shop.sale.unitCount), of: shop.sale))
        try await shop.holdInLedgerAlone(1, "ann")
        gate.setBegin(.unavailable)
        if isOpen {
            for _ in 0..<3 { _ = await failFast.begin(CodeMint().mint(shop.sale.id)) }
        }
        let counts = StockCounts(gate: gate, asksGate: { failFast.isClosed }, catalog: shop.ledger.inner)
        #expect(try await counts.of(shop.sale).held == (isOpen ? 1 : 0))
    }
}
