// The circuit breaker under any order of questions, replies and silences of the gate.

import FlashSale
import Textbook

/// Buyers' steps that ask a gate, which is well or is not. They come back late, out of order or without a reply.
struct BreakerWorld: World {
    private struct Step {
        let permit: CircuitBreaker.Permit
        let startedAt: ContinuousClock.Instant
    }

    private static let bounds = CircuitBreaker.Bounds()
    private static let stepsMax = 16

    private let flaw: Flaw?
    private var breaker = CircuitBreaker(bounds)
    private let start = ContinuousClock.now
    private var elapsed = Duration.zero
    private var isGateWell = true
    /// The steps that have asked the gate and have not come back.
    private var out: [Step] = []
    /// The failures that the breaker has noted since it closed.
    private var failures: [ContinuousClock.Instant] = []

    init(_ generator: inout SplitMix64, flaw: Flaw?) {
        self.flaw = flaw
    }

    private var now: ContinuousClock.Instant { start + elapsed }

    mutating func step(_ generator: inout SplitMix64) throws {
        switch Int.random(in: 0..<32, using: &generator) {
        case 0..<14: try begin()
        case 14..<22: try end(&generator)
        case 22..<24: try abandon(&generator)
        case 24..<29: elapsed += .milliseconds(Int.random(in: 0...20, using: &generator))
        case 29..<31: elapsed += .milliseconds(Int.random(in: 0...300, using: &generator))
        default: isGateWell.toggle()
        }
    }

    /// The gate is healthy again, and a buyer's step must show it.
    mutating func finish(_ generator: inout SplitMix64) throws {
        isGateWell = true
        while !out.isEmpty { try end(&generator) }
        elapsed += Self.bounds.pause
        try begin()
        while !out.isEmpty { try end(&generator) }
        try require(breaker.isClosed, "the gate is well, and no step asks it")
    }

    private mutating func begin() throws {
        guard out.count < Self.stepsMax else { return }
        let wasClosed = breaker.isClosed
        var permit = breaker.begin(at: now)
        if flaw == .neverProbes, permit == .probe { permit = .none }
        if flaw == .everyoneProbes, permit == .none { permit = .call }
        switch permit {
        case .call: try require(wasClosed, "a buyer waits for a gate behind an open breaker")
        case .probe:
            try require(!wasClosed, "a closed breaker probes")
            try require(!out.contains { $0.permit == .probe }, "two probes are out")
        case .none:
            try require(!wasClosed, "a closed breaker holds back a step")
            return
        }
        out.append(Step(permit: permit, startedAt: now))
    }

    /// A buyer hangs up, so its step ends without a result.
    private mutating func abandon(_ generator: inout SplitMix64) throws {
        guard !out.isEmpty else { return }
        let step = out.remove(at: Int.random(in: 0..<out.count, using: &generator))
        let wasClosed = breaker.isClosed
        if flaw == .blamesTheGate {
            breaker.end(step.permit, isReplied: false, after: now - step.startedAt, at: now)
        } else {
            breaker.abandon(step.permit, at: now)
        }
        try require(breaker.isClosed == wasClosed, "a buyer that hangs up opens or closes the breaker")
        guard step.permit == .probe else { return }
        var next = breaker
        try require(next.begin(at: now) == .probe, "after an abandoned probe the next step does not probe")
    }

    private mutating func end(_ generator: inout SplitMix64) throws {
        guard !out.isEmpty else { return }
        let step = out.remove(at: Int.random(in: 0..<out.count, using: &generator))
        let duration = now - step.startedAt
        let isGood = isGateWell && duration <= Self.bounds.patience
        let wasClosed = breaker.isClosed
        breaker.end(
            flaw == .believesOldNews ? .probe : step.permit, isReplied: isGateWell, after: duration, at: now)
        guard wasClosed else {
            try require(
                breaker.isClosed == (step.permit == .probe && isGood),
                "it closes without a good probe, or stays open after one")
            if breaker.isClosed { failures = [] }
            return
        }
        if !isGood {
            failures = failures.filter { now - $0 <= Self.bounds.window } + [now]
        }
        let isEnough = !isGood && failures.count >= Self.bounds.failuresMax
        try require(breaker.isClosed != isEnough, "\(failures.count) failures, and it is closed: \(breaker.isClosed)")
    }
}
