// The pauses between attempts to connect.

import HiredisClient
import Testing

@Suite struct BackoffTests {
    private static let bounds = Backoff.Bounds(minimum: .milliseconds(10), maximum: .milliseconds(100))

    @Test("A wait grows from the minimum to the maximum, and is never less than half of what it may be")
    func grows() {
        var backoff = Backoff(Self.bounds)
        var generator = SystemRandomNumberGenerator()
        for ceiling in [10, 20, 40, 80, 100, 100, 100] {
            let wait = backoff.next(using: &generator)
            #expect(wait >= .milliseconds(ceiling) / 2 && wait <= .milliseconds(ceiling))
        }
    }

    @Test("Waits are spread, so that many clients do not come back together")
    func isJittered() {
        var generator = SystemRandomNumberGenerator()
        let waits = (0..<100).map { _ in
            var backoff = Backoff(Self.bounds)
            return backoff.next(using: &generator)
        }
        #expect(Set(waits).count > 50)
    }

    @Test(
        "Only a connection that has lasted starts the backoff over",
        arguments: [(Duration.milliseconds(99), false), (.milliseconds(100), true)])
    func startsOver(lifetime: Duration, startsOver: Bool) {
        var backoff = Backoff(Self.bounds)
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<5 { _ = backoff.next(using: &generator) }
        backoff.connectionEnded(after: lifetime)
        #expect((backoff.next(using: &generator) <= .milliseconds(10)) == startsOver)
    }
}
