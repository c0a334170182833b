// How often a network may join waiting rooms.

import Telemetry
import Testing

@testable import FlashSale

@Suite struct NetworkJoinsTests {
    private static let start = MonotonicTime(nanoseconds: 1_000_000_000_000)

    @Test("A network joins as often in a minute as the limit says, and another network besides", arguments: [1, 60])
    func limited(perMinute: Int) {
        let joins = NetworkJoins(perMinute: perMinute)
        func admitted(_ network: String, after seconds: Int) -> Int {
            (0..<200).count { _ in joins.admits(network, at: Self.start + .seconds(seconds)) }
        }
        #expect(admitted("a", after: 0) == perMinute)
        #expect(admitted("b", after: 0) == perMinute)
        #expect(admitted("a", after: 30) == perMinute / 2)
        #expect(admitted("a", after: 90) == perMinute)
    }

    @Test("Without a limit everybody joins")
    func unlimited() {
        let joins = NetworkJoins(perMinute: 0)
        #expect((0..<1_000).allSatisfy { _ in joins.admits("a", at: Self.start) })
    }
}
