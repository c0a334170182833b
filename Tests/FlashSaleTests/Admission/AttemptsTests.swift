// Failures of a client, few a second.

import FlashSale
import Telemetry
import Testing

@Suite struct AttemptsTests {
    private static let start = MonotonicTime(nanoseconds: 1_000_000_000_000)

    @Test("After a burst of failures a client is refused without an attempt, until the rate allows one more")
    func failures() {
        let attempts = Attempts(perSecond: 1, burst: 3)
        for _ in 1...3 {
            #expect(attempts.attempt(by: "a", at: Self.start) { false } == .failed)
        }
        var wasTried = false
        let refused = attempts.attempt(by: "a", at: Self.start) {
            wasTried = true
            return true
        }
        #expect(refused == .refused && !wasTried)
        #expect(attempts.attempt(by: "b", at: Self.start) { true } == .succeeded)
        #expect(attempts.attempt(by: "a", at: Self.start + .seconds(1)) { true } == .succeeded)
    }

    @Test("What succeeds is never counted")
    func successes() {
        let attempts = Attempts(perSecond: 1, burst: 1)
        for _ in 1...100 {
            #expect(attempts.attempt(by: "a", at: Self.start) { true } == .succeeded)
        }
        #expect(attempts.attempt(by: "a", at: Self.start) { false } == .failed)
    }
}
