// The circuit breaker: when it opens, which step probes, and when it closes.

import FlashSale
import Testing

@Suite struct CircuitBreakerTests {
    private static let bounds = CircuitBreaker.Bounds(
        failuresMax: 3, window: .seconds(1), pause: .milliseconds(250), patience: .milliseconds(100))
    private static let start = ContinuousClock.now

    /// A breaker and its time.
    private struct Bench {
        var breaker = CircuitBreaker(bounds)
        var now = start

        /// One step from its permit to its end.
        mutating func step(isReplied: Bool, after duration: Duration = .milliseconds(1)) -> CircuitBreaker.Permit {
            let permit = breaker.begin(at: now)
            guard permit != .none else { return .none }
            now += duration
            breaker.end(permit, isReplied: isReplied, after: duration, at: now)
            return permit
        }

        mutating func open() {
            while breaker.isClosed { _ = step(isReplied: false) }
        }
    }

    @Test("It opens at the third failure within the window, whatever replies come in between")
    func opens() {
        var bench = Bench()
        for _ in 0..<2 {
            #expect(bench.step(isReplied: false) == .call)
            #expect(bench.step(isReplied: true) == .call)
        }
        #expect(bench.breaker.isClosed)
        #expect(bench.step(isReplied: false) == .call)
        #expect(!bench.breaker.isClosed)
        #expect(bench.step(isReplied: true) == .none)
    }

    @Test("Failures that are further apart than the window never open it")
    func window() {
        var bench = Bench()
        for _ in 0..<20 {
            #expect(bench.step(isReplied: false) == .call)
            bench.now += .milliseconds(600)
        }
        #expect(bench.breaker.isClosed)
    }

    @Test("A late reply counts as a failure")
    func slow() {
        var bench = Bench()
        for _ in 0..<3 { #expect(bench.step(isReplied: true, after: .milliseconds(101)) == .call) }
        #expect(bench.step(isReplied: true) == .none)
    }

    @Test("After the pause one step probes, and no other asks until the probe ends")
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

    @Test("A good probe closes it without remembered failures; a bad or slow one brings another pause")
    func probes() {
        var bench = Bench()
        bench.open()
        for (isReplied, duration) in [(false, Duration.milliseconds(1)), (true, .milliseconds(150))] {
            bench.now += .milliseconds(250)
            #expect(bench.step(isReplied: isReplied, after: duration) == .probe)
            #expect(bench.step(isReplied: true) == .none)
        }
        bench.now += .milliseconds(250)
        #expect(bench.step(isReplied: true) == .probe)
        for _ in 0..<2 { #expect(bench.step(isReplied: false) == .call) }
        #expect(bench.breaker.isClosed)
    }

    @Test("An abandoned step says nothing, and after an abandoned probe the next step probes at once")
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
        #expect(bench.step(isReplied: true) == .probe)
        #expect(bench.breaker.isClosed)
    }

    @Test("A step that began before it opened and ends later says nothing")
    func lateEnds() {
        var bench = Bench()
        let old = (0..<4).map { _ in bench.breaker.begin(at: bench.now) }
        bench.open()
        bench.breaker.end(old[0], isReplied: true, after: .milliseconds(1), at: bench.now)
        #expect(!bench.breaker.isClosed)
        bench.now += .milliseconds(250)
        #expect(bench.breaker.begin(at: bench.now) == .probe)
        bench.breaker.end(old[1], isReplied: true, after: .milliseconds(1), at: bench.now)
        bench.breaker.end(old[2], isReplied: false, after: .milliseconds(1), at: bench.now)
        #expect(!bench.breaker.isClosed)
        bench.breaker.end(.probe, isReplied: true, after: .milliseconds(1), at: bench.now)
        #expect(bench.breaker.isClosed)
        bench.breaker.end(old[3], isReplied: true, after: .milliseconds(1), at: bench.now)
        #expect(bench.breaker.isClosed)
    }

    @Test("A gate is trusted again when its failures are older than the window, or after a good probe")
    func trust() {
        var bench = Bench()
        #expect(bench.breaker.isTrusted(at: bench.now))
        _ = bench.step(isReplied: false)
        _ = bench.step(isReplied: true)
        #expect(bench.breaker.isClosed && !bench.breaker.isTrusted(at: bench.now))
        #expect(bench.breaker.isTrusted(at: bench.now + .seconds(1)))
        bench.open()
        #expect(!bench.breaker.isTrusted(at: bench.now + .seconds(60)))
        bench.now += .milliseconds(250)
        #expect(bench.step(isReplied: true) == .probe)
        #expect(bench.breaker.isTrusted(at: bench.now))
    }
}
