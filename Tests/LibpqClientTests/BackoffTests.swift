// The pauses between attempts to connect.

import Testing

@testable import LibpqClient

@Suite struct BackoffTests {
    @Test(
        "Delays double up to the limit and lie in the upper half of their interval", arguments: [1, 7, 42] as [UInt64])
    func delays(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var backoff = Backoff(base: .milliseconds(50), limit: .seconds(1))
        for interval in [50, 100, 200, 400, 800, 1_000, 1_000, 1_000] {
            let delay = backoff.next(using: &generator)
            #expect(delay >= .milliseconds(interval) / 2 && delay <= .milliseconds(interval), "seed \(seed)")
        }
        backoff.reset()
        #expect(backoff.next(using: &generator) <= .milliseconds(50), "seed \(seed)")
    }

    @Test("Two instances do not draw the same delays")
    func jitter() {
        var (first, second) = (SeededGenerator(seed: 1), SeededGenerator(seed: 2))
        var (one, other) = (
            Backoff(base: .seconds(1), limit: .seconds(1)), Backoff(base: .seconds(1), limit: .seconds(1))
        )
        #expect((0..<8).map { _ in one.next(using: &first) } != (0..<8).map { _ in other.next(using: &second) })
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
