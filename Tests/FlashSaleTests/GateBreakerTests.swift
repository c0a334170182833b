// The breaker: when it opens, who probes, when it closes, and what a buyer has of it.

import FlashSale
import FlashSaleTesting
import Synchronization
import Testing

@Suite struct GateBreakerTests {
    private static let bounds = GateBreaker.Bounds(
        failuresMax: 3, window: .seconds(1), pause: .milliseconds(250), patience: .milliseconds(100))
    private static let start = ContinuousClock.now

    /// A breaker, and the time as it passes for it.
    private struct Bench {
        var breaker = GateBreaker(bounds)
        var now = start

        /// Asks, and answers what was let through. Returns what the step was permitted.
        mutating func step(isAnswered: Bool, after duration: Duration = .milliseconds(1)) -> GateBreaker.Permit {
            let permit = breaker.begin(at: now)
            guard permit != .none else { return .none }
            now += duration
            breaker.end(permit, isAnswered: isAnswered, after: duration, at: now)
            return permit
        }

        mutating func open() {
            while breaker.isClosed { _ = step(isAnswered: false) }
        }
    }

    @Test("It opens at the third failure within the window, and answers between do not help")
    func opens() {
        var bench = Bench()
        for _ in 0..<2 {
            #expect(bench.step(isAnswered: false) == .call)
            #expect(bench.step(isAnswered: true) == .call)
        }
        #expect(bench.breaker.isClosed)
        #expect(bench.step(isAnswered: false) == .call)
        #expect(!bench.breaker.isClosed)
        #expect(bench.step(isAnswered: true) == .none)
    }

    @Test("Failures further apart than the window never open it")
    func window() {
        var bench = Bench()
        for _ in 0..<20 {
            #expect(bench.step(isAnswered: false) == .call)
            bench.now += .milliseconds(600)
        }
        #expect(bench.breaker.isClosed)
    }

    @Test("A late answer counts as none")
    func slow() {
        var bench = Bench()
        for _ in 0..<3 { #expect(bench.step(isAnswered: true, after: .milliseconds(101)) == .call) }
        #expect(bench.step(isAnswered: true) == .none)
    }

    @Test("When the pause is over one probe goes out, and nobody else until it is back")
    func oneProbe() {
        var bench = Bench()
        bench.open()
        bench.now += .milliseconds(249)
        #expect(bench.breaker.begin(at: bench.now) == .none)
        bench.now += .milliseconds(1)
        #expect(bench.breaker.begin(at: bench.now) == .probe)
        bench.now += .seconds(60)
        #expect(bench.breaker.begin(at: bench.now) == .none)
    }

    @Test("A good probe closes it, with no failure remembered; a bad or slow one brings another pause")
    func probes() {
        var bench = Bench()
        bench.open()
        for (isAnswered, duration) in [(false, Duration.milliseconds(1)), (true, .milliseconds(150))] {
            bench.now += .milliseconds(250)
            #expect(bench.step(isAnswered: isAnswered, after: duration) == .probe)
            #expect(bench.step(isAnswered: true) == .none)
        }
        bench.now += .milliseconds(250)
        #expect(bench.step(isAnswered: true) == .probe)
        for _ in 0..<2 { #expect(bench.step(isAnswered: false) == .call) }
        #expect(bench.breaker.isClosed)
    }

    @Test("A step that its buyer gave up says nothing, and after an abandoned probe the next one goes out at once")
    func abandoned() {
        var bench = Bench()
        for _ in 0..<20 { bench.breaker.abandon(bench.breaker.begin(at: bench.now), at: bench.now) }
        #expect(bench.breaker.isClosed && bench.breaker.isTrusted(at: bench.now))
        let old = bench.breaker.begin(at: bench.now)
        bench.open()
        bench.breaker.abandon(old, at: bench.now)
        #expect(bench.breaker.begin(at: bench.now) == .none)
        bench.now += .milliseconds(250)
        #expect(bench.breaker.begin(at: bench.now) == .probe)
        bench.breaker.abandon(old, at: bench.now)
        #expect(bench.breaker.begin(at: bench.now) == .none, "the probe is still out")
        bench.breaker.abandon(.probe, at: bench.now)
        #expect(!bench.breaker.isClosed)
        #expect(bench.step(isAnswered: true) == .probe)
        #expect(bench.breaker.isClosed)
    }

    @Test("Buyers who hang up do not take the gate away from the others, nor a probe's turn", arguments: [true, false])
    func hangUps(isOpen: Bool) async throws {
        let time = Mutex(Self.start)
        let shop = try await FlowFixture(stock: 20) { gate in
            BreakerGate(gate, afterwards: Afterwards(), bounds: Self.bounds) { time.withLock { $0 } }
        }
        shop.gate.answerReserve(.unavailable)
        if isOpen {
            for number in 1...3 { _ = try await shop.hold(1, "buyer-\(number)") }
            time.withLock { $0 += .milliseconds(250) }
        }
        let asked = shop.gate.asked
        for number in 1...5 {
            // The gate learns of the hang-up as Redis's client does: while the answer is under way.
            shop.gate.beforeReserve { withUnsafeCurrentTask { $0?.cancel() } }
            _ = await Task { try await shop.checkOut(2, "gone-\(number)") }.result
        }
        #expect(shop.gate.asked == asked + 5, "each is asked for, or probes in his turn")
        shop.gate.beforeReserve {}
        shop.gate.answerReserve(nil)
        for number in 1...5 { _ = try await shop.checkOut(3, "buyer-\(number)") }
        #expect(shop.gate.asked == asked + 10)
    }

    @Test("What was asked before it opened and ends after says nothing")
    func lateEnds() {
        var bench = Bench()
        let old = (0..<4).map { _ in bench.breaker.begin(at: bench.now) }
        bench.open()
        bench.breaker.end(old[0], isAnswered: true, after: .milliseconds(1), at: bench.now)
        #expect(!bench.breaker.isClosed)
        bench.now += .milliseconds(250)
        #expect(bench.breaker.begin(at: bench.now) == .probe)
        bench.breaker.end(old[1], isAnswered: true, after: .milliseconds(1), at: bench.now)
        bench.breaker.end(old[2], isAnswered: false, after: .milliseconds(1), at: bench.now)
        #expect(!bench.breaker.isClosed)
        bench.breaker.end(.probe, isAnswered: true, after: .milliseconds(1), at: bench.now)
        #expect(bench.breaker.isClosed)
        bench.breaker.end(old[3], isAnswered: true, after: .milliseconds(1), at: bench.now)
        #expect(bench.breaker.isClosed)
    }

    @Test("A dead gate costs the first few buyers; the rest go to the ledger at once, until a probe finds it back")
    func flow() async throws {
        let time = Mutex(Self.start)
        let afterwards = Afterwards()
        let shop = try await FlowFixture(stock: 20) { gate in
            BreakerGate(gate, afterwards: afterwards, bounds: Self.bounds) { time.withLock { $0 } }
        }
        shop.gate.answerReserve(.unavailable)
        for number in 1...20 { _ = try await shop.hold(1, "buyer-\(number)") }
        #expect(shop.gate.asked == 3)
        shop.gate.answerReserve(nil)
        _ = try await shop.hold(2, "ann")
        #expect(shop.gate.asked == 3, "it is back, and nobody knows yet")
        time.withLock { $0 += .milliseconds(250) }
        for number in 1...5 { _ = try await shop.hold(3, "buyer-\(number)") }
        #expect(shop.gate.asked == 8, "the probe, and all after it")
        await afterwards.drain()
        try await shop.expectAgreement()
    }

    @Test("A gate is trusted again when its failures are a window ago, or a probe was good")
    func trust() {
        var bench = Bench()
        #expect(bench.breaker.isTrusted(at: bench.now))
        _ = bench.step(isAnswered: false)
        _ = bench.step(isAnswered: true)
        #expect(bench.breaker.isClosed && !bench.breaker.isTrusted(at: bench.now))
        #expect(bench.breaker.isTrusted(at: bench.now + .seconds(1)))
        bench.open()
        #expect(!bench.breaker.isTrusted(at: bench.now + .seconds(60)))
        bench.now += .milliseconds(250)
        #expect(bench.step(isAnswered: true) == .probe)
        #expect(bench.breaker.isTrusted(at: bench.now))
    }

    @Test("A lone buyer of a silent gate waits for it once, not again for it to hear of what he holds")
    func loneBuyer() async throws {
        let afterwards = Afterwards()
        let shop = try await FlowFixture { gate in
            BreakerGate(gate, afterwards: afterwards, bounds: Self.bounds) { Self.start }
        }
        shop.gate.answerReserve(.unavailable)
        let (answered, answer) = AsyncStream.makeStream(of: Void.self)
        shop.gate.beforeSettle { for await _ in answered {} }
        _ = try await shop.hold(4, "ann")
        answer.finish()
        await afterwards.drain()
        try await shop.expectAgreement()
    }

    @Test("While it is open a buyer does not wait for the gate to hear of what he holds")
    func settling() async throws {
        let afterwards = Afterwards()
        let shop = try await FlowFixture { gate in
            BreakerGate(gate, afterwards: afterwards, bounds: Self.bounds) { Self.start }
        }
        shop.gate.answerReserve(.unavailable)
        for item in 1...3 as ClosedRange<Int32> { _ = try await shop.hold(item, "ann") }
        let (answered, answer) = AsyncStream.makeStream(of: Void.self)
        shop.gate.beforeSettle { for await _ in answered {} }
        _ = try await shop.hold(4, "ann")
        answer.finish()
        await afterwards.drain()
        #expect(shop.gate.waiters.allSatisfy { $0 == .nobody })
        try await shop.expectAgreement()
    }
}
