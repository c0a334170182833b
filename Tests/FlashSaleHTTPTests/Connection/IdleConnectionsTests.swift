// The order in which connections make room.

import Testing

@testable import FlashSaleHTTP

@Suite("Connections that wait for a request")
struct IdleConnectionsTests {
    private static let (one, other) = (ClientAddress("192.0.2.1")?.network, ClientAddress("198.51.100.1")?.network)

    @Test("The one that has waited longest comes first, and one at work never")
    func order() {
        let idle = IdleConnections<String>()
        let places = ["a", "b", "c"].map { idle.opened($0, from: nil) }
        #expect(idle.longestWaiting() == "a")
        idle.began(places[0])
        #expect(idle.longestWaiting() == "b")
        idle.waits(places[0])
        idle.began(places[1])
        #expect(idle.longestWaiting() == "c", "a has sent a request, and c has not")
        idle.waits(places[1])
        idle.closed(places[2])
        #expect(idle.longestWaiting() == "a", "it has waited longer than b")
        idle.began(places[1])
        idle.began(places[0])
        #expect(idle.longestWaiting() == nil)
    }

    @Test("Within a network the others do not count")
    func network() {
        let idle = IdleConnections<String>()
        let first = idle.opened("a", from: Self.one)
        let second = idle.opened("b", from: Self.other)
        #expect(idle.longestWaiting(from: Self.other) == "b")
        idle.closed(second)
        #expect(idle.longestWaiting(from: Self.other) == nil && idle.longestWaiting() == "a")
        idle.closed(first)
        #expect(idle.opened("c", from: Self.other) < 2, "a place is used again")
        #expect(idle.longestWaiting(from: Self.other) == "c")
    }
}
