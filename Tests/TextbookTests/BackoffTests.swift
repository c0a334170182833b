// The waits between attempts.

import Testing
import Textbook

@Suite struct BackoffTests {
    private static let bounds = Backoff.Bounds(minimum: .milliseconds(10), maximum: .milliseconds(100))

    @Test("Waits double up to the maximum and lie in the upper half of their range", arguments: [1, 7, 42] as [UInt64])
    func waits(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        var backoff = Backoff(Self.bounds)
        for ceiling in [10, 20, 40, 80, 100, 100, 100] {
            let wait = backoff.next(using: &generator)
            #expect(wait >= .milliseconds(ceiling) / 2 && wait <= .milliseconds(ceiling), "seed \(seed)")
        }
        #expect(backoff.attempts == 7)
    }

    @Test("Waits differ, so that many clients do not come back together")
    func isJittered() {
        var generator = SplitMix64(seed: 1)
        let waits = (0..<100).map { _ in
            var backoff = Backoff(Self.bounds)
            return backoff.next(using: &generator)
        }
        #expect(Set(waits).count > 50)
    }

    @Test("A success resets the backoff")
    func reset() {
        var generator = SplitMix64(seed: 1)
        var backoff = Backoff(Self.bounds)
        for _ in 0..<5 { _ = backoff.next(using: &generator) }
        backoff.reset()
        #expect(backoff.attempts == 0)
        #expect(backoff.next(using: &generator) <= .milliseconds(10))
    }

    @Test(
        "Only a connection that has lasted resets the backoff",
        arguments: [(Duration.milliseconds(99), false), (.milliseconds(100), true)])
    func lasting(lifetime: Duration, startsOver: Bool) {
        var generator = SplitMix64(seed: 1)
        var backoff = Backoff(Self.bounds)
        for _ in 0..<5 { _ = backoff.next(using: &generator) }
        backoff.reset(after: lifetime)
        #expect((backoff.next(using: &generator) <= .milliseconds(10)) == startsOver)
    }
}
