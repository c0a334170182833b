// Streams of events over real sockets: many listeners, some that do not read, and how streams end.

import FlashSale
import FlashSaleHTTP
import Glibc
import ServiceLifecycle
import Synchronization
import Telemetry
import Testing

@Suite("Live events")
struct LiveEventsTests {
    private static let request = "GET /sales/7/events HTTP/1.1\r\nHost: test\r\n"

    /// Units of which others are free at each look.
    private static func restless() -> @Sendable () -> StockBits? {
        let looks = Atomic(0)
        return {
            let first = looks.add(1, ordering: .relaxed).newValue % 2
            var bits = StockBits(unitCount: ScriptedStores.Script.sale.unitCount)
            for ordinal in stride(from: first, to: bits.unitCount, by: 2) { bits.markHeld(ordinal) }
            for ordinal in stride(from: 0, to: bits.unitCount, by: 4) where first == 0 { bits.markFree(ordinal) }
            return bits
        }
    }

    @Test("A stream begins with the state, goes on with changes, and can be taken up again")
    func stream() async throws {
        try await TestServer.with {
            $0.script.units = Self.restless()
        } _: { server in
            let (kept, left) = try await RawConnection.with(port: server.ports.api) { connection in
                try await connection.send(Self.request + "\r\n")
                let head = try #require(try await connection.answer())
                #expect(head.status == 200 && head["Content-Type"] == "text/event-stream")
                #expect(head["X-Accel-Buffering"] == "no" && head["Cache-Control"]?.contains("no-transform") == true)
                #expect(head["Content-Length"] == nil && head["Connection"] == "close")
                let state = try #require(try await connection.text(through: "\n\n"))
                #expect(state.hasPrefix("event: state\nid: ") && state.contains(#""phase":"open""#))
                let items = try #require(try await connection.text(through: "\n\n"))
                #expect(items.hasPrefix("event: items\ndata: {\"ITM-7-1\":"))
                #expect(server.instruments.live.listeners.value == 1)
                let id = String(try #require(state.split(separator: "\n").dropFirst().first).dropFirst(4))
                return (try await Self.event(of: server, after: id), id)
            }
            #expect(kept == "items")
            while server.instruments.live.listeners.value > 0 {
                try Task.checkCancellation()
                await Task.yield()
            }
            // Nobody listened meanwhile: what has happened is not known any more.
            for id in [left, "7"] { #expect(try await Self.event(of: server, after: id) == "reset") }
        }
    }

    /// The first event that a listener hears which has heard another one before.
    private static func event(of server: TestServer, after id: String) async throws -> String? {
        try await RawConnection.with(port: server.ports.api) { connection in
            try await connection.send(request + "Last-Event-ID: \(id)\r\n\r\n")
            _ = try await connection.answer()
            let text = try await connection.text(through: "\n\n")
            return text?.split(separator: "\n").first.map { String($0.dropFirst("event: ".count)) }
        }
    }

    @Test("Listeners to a sale with a waiting room hear how far its line is")
    func line() async throws {
        try await TestServer.with {
            $0.script.queue = ScriptedStores.Script.line(called: 1_010)
        } _: { server in
            // The first to ask makes the instance read the line.
            _ = try await server.ask("POST", "/sales/7/queue?user_id=ann")
            try await RawConnection.with(port: server.ports.api) { connection in
                try await connection.send(Self.request + "\r\n")
                _ = try await connection.answer()
                let state = try #require(try await connection.text(through: "\n\n"))
                #expect(state.contains(#""called":1010,"waiting":40}"#))
                server.stores.change { $0.queue = ScriptedStores.Script.line(called: 1_025) }
                // A checkout before its turn makes the instance read the line again.
                let ticket = "Queue-Ticket: \(ScriptedStores.Script.ticket(late: 20))"
                let end = ContinuousClock.now + .seconds(10)
                while try await server.ask("POST", "/checkout?user_id=ann&id=ITM-7-1", [ticket]).status == 429 {
                    try #require(ContinuousClock.now < end)
                }
                let next = try #require(try await connection.text(through: "event: state\n"))
                #expect(!next.contains("called"))
                let moved = try #require(try await connection.text(through: "\n\n"))
                #expect(moved.contains(#""called":1025,"waiting":25}"#))
            }
        }
    }

    @Test("Hundreds of listeners get the news, beside one that never reads and one that reads a byte a second")
    func crowd() async throws {
        try await TestServer.with {
            $0.script.units = Self.restless()
            $0.limits.liveUnreadTime = .seconds(1)
        } _: { server in
            let idlers = try (0..<2).map { _ in try idleSocket(port: server.ports.api, sending: Self.request + "\r\n") }
            defer { for idler in idlers { close(idler) } }
            let slowest = try await withThrowingTaskGroup(of: Duration.self) { group in
                for _ in 0..<300 {
                    group.addTask {
                        try await RawConnection.with(port: server.ports.api) { connection in
                            try await connection.send(Self.request + "\r\n")
                            _ = try await connection.answer()
                            for _ in 0..<8 { _ = try #require(try await connection.text(through: "event: state")) }
                            return .zero
                        }
                    }
                }
                group.addTask {
                    var longest = Duration.zero
                    for _ in 0..<50 {
                        let start = ContinuousClock.now
                        _ = try await server.ask("POST", "/checkout?user_id=ann&id=ITM-7-1")
                        longest = max(longest, .now - start)
                    }
                    return longest
                }
                return try await group.reduce(.zero) { max($0, $1) }
            }
            #expect(slowest < .seconds(10), "a buyer waited behind listeners")
            // Both idlers are left out when their connections hold all that they can, and then closed.
            var byte: UInt8 = 0
            let end = ContinuousClock.now + .seconds(60)
            var due = ContinuousClock.now
            while server.instruments.live.listeners.value > 0 {
                if ContinuousClock.now >= due {
                    due += .seconds(1)
                    _ = recv(idlers[1], &byte, 1, Int32(MSG_DONTWAIT))
                }
                try #require(ContinuousClock.now < end, "idle listeners stay")
                await Task.yield()
            }
            #expect(server.instruments.live.skippedTotal.value > 0)
            #expect(server.instruments.live.eventsTotal.value > 300 * 8)
        }
    }

    @Test("A stream without news has a comment now and then, and one that has lived long enough says bye")
    func ends() async throws {
        try await TestServer.with {
            $0.limits.liveCommentInterval = .milliseconds(1)
            $0.limits.liveTime = .seconds(1)
        } _: { server in
            try await RawConnection.with(port: server.ports.api) { connection in
                try await connection.send(Self.request + "\r\n")
                _ = try await connection.answer()
                let comment = try #require(try await connection.text(through: "\n:\n\n"))
                #expect(comment.hasPrefix("event: state\n"))
                let bye = try #require(try await connection.text(through: "event: bye\ndata: {}\n\n"))
                #expect(bye.contains("retry: "))
                #expect(try await connection.isClosedByServer())
            }
        }
    }

    @Test("A listener whose end comes with its request is let go at once", .timeLimit(.minutes(1)))
    func left() async throws {
        try await TestServer.with {
            $0.limits.liveCommentInterval = .seconds(3_600)
        } _: { server in
            // The end is read before the stream begins for some, and after it for others.
            for _ in 0..<20 {
                let idler = try idleSocket(port: server.ports.api, sending: Self.request + "\r\n")
                defer { close(idler) }
                var patience = timeval(tv_sec: 20, tv_usec: 0)
                setsockopt(idler, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
                Glibc.shutdown(idler, Int32(SHUT_WR))
                var (byte, count) = (UInt8(0), 0)
                repeat { count = recv(idler, &byte, 1, 0) } while count == 1
                try #require(count == 0, "the stream has ended")
            }
            while server.instruments.live.listeners.value > 0 {
                try Task.checkCancellation()
                await Task.yield()
            }
        }
    }

    @Test("A shutdown tells listeners to come back, and waits for none")
    func shutdown() async throws {
        var setup = TestServer.Setup()
        setup.limits.drainNotice = .milliseconds(100)
        try await TestServer.withServices(setup) { ports, services in
            try await RawConnection.with(port: ports.api) { connection in
                try await connection.send(Self.request + "\r\n")
                _ = try await connection.answer()
                _ = try await connection.text(through: "\n\n")
                await services.triggerGracefulShutdown()
                let bye = try #require(try await connection.text(through: "event: bye\ndata: {}\n\n"))
                #expect(bye.hasPrefix("retry: "))
            }
        }
    }

    @Test("More listeners than there may be get a 503", arguments: [0, 1])
    func bounds(count: Int) async throws {
        try await TestServer.with {
            $0.limits.liveListeners = count
        } _: { server in
            try await RawConnection.with(port: server.ports.api) { connection in
                try await connection.send(Self.request + "\r\n")
                #expect(try await connection.answer()?.status == (count == 0 ? 503 : 200))
                #expect(try await server.ask("GET", "/sales/7/events").status == 503)
            }
        }
    }
}

extension OpenAPITests {
    /// A stream that ends as soon as it has begun.
    static let watched = [
        Case(
            method: "GET", target: "/sales/7/events", template: "/sales/{id}/events", status: 200,
            setup: { $0.limits.liveTime = .microseconds(1) })
    ]

    static let unwatched = [
        Case(method: "GET", target: "/sales/%/events", template: "/sales/{id}/events", status: 400),
        Case(method: "GET", target: "/sales/9/events", template: "/sales/{id}/events", status: 404),
    ]

    @Test(
        "A network with too many listeners is answered as the description says, whatever its share of connections",
        arguments: watched, [25, 100])
    func tooManyListeners(_ success: Case, networkPercent: Int) async throws {
        let answer = try await TestServer.with {
            $0.limits.networkPercent = networkPercent
            $0.limits.liveListenersPerNetwork = 1
            $0.configure = { $0.unboundNetworks = [] }
        } _: { server in
            try await RawConnection.with(port: server.ports.api) { connection in
                try await connection.send("GET \(success.target) HTTP/1.1\r\nHost: test\r\n\r\n")
                _ = try await connection.answer()
                return try await server.ask(success.method, success.target)
            }
        }
        try check(answer, of: success.changed(429, fields: [], body: nil))
    }
}
