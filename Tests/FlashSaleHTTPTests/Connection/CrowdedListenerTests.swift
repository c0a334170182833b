// More connections than a listener takes: which one closes, and which is refused.

import FlashSale
import FlashSaleHTTP
import Telemetry
import Testing

@Suite("More connections than a listener takes")
struct CrowdedListenerTests {
    private static let question = "GET /sales/active HTTP/1.1\r\nHost: test\r\n\r\n"

    /// Runs the body while so many silent connections are open.
    private static func withSilence(_ count: Int, to port: Int, _ body: () async throws -> Void) async throws {
        guard count > 0 else { return try await body() }
        try await RawConnection.with(port: port) { _ in try await withSilence(count - 1, to: port, body) }
    }

    @Test("Silent connections keep nobody out: the longest silent one closes for a new one")
    func silence() async throws {
        try await TestServer.with { setup in
            setup.limits.connections = 3
        } _: { server in
            try await RawConnection.with(port: server.ports.api) { first in
                try await Self.withSilence(2, to: server.ports.api) {
                    let answer = try await server.ask("GET", "/sales/active")
                    #expect(answer.status == 200)
                }
                #expect(try await first.isClosedByServer())
            }
            #expect(server.instruments.http.requestsRejectedTotal.value(.displaced) == 1)
            #expect(server.instruments.http.requestsRejectedTotal.value(.overload) == 0)
        }
    }

    @Test("A connection that had an answer lately outlives one that is silent for longer")
    func order() async throws {
        try await TestServer.with { setup in
            setup.limits.connections = 2
        } _: { server in
            try await RawConnection.with(port: server.ports.api) { kept in
                try await RawConnection.with(port: server.ports.api) { silent in
                    // The answer comes after both are open.
                    try await kept.send(Self.question)
                    #expect(try await kept.answer()?.status == 200)
                    #expect(try await server.ask("GET", "/sales/active").status == 200)
                    #expect(try await silent.isClosedByServer())
                }
                try await kept.send(Self.question)
                #expect(try await kept.answer()?.status == 200)
            }
        }
    }

    /// Sends a request that stays at work, on a connection to a server that takes one.
    private static func withBusyServer(
        _ body: @Sendable (TestServer) async throws -> Void
    ) async throws {
        let (arrived, arrival) = AsyncStream<Void>.makeStream()
        let (answerable, mayAnswer) = AsyncStream<Void>.makeStream()
        try await TestServer.with { setup in
            setup.limits.connections = 1
            setup.limits.lingerTimeout = .seconds(30)
            setup.limits.requestTimeout = .seconds(60)
            setup.script.record = { _ in
                arrival.finish()
                for await _ in answerable {}
                return .noneFree
            }
        } _: { server in
            try await RawConnection.with(port: server.ports.api) { connection in
                try await connection.send(ConnectionTests.checkout + "\r\n")
                for await _ in arrived {}
                try await body(server)
                mayAnswer.finish()
                #expect(try await connection.answer()?.status == 409, "the one at work got its answer")
            }
        }
    }

    @Test("A connection with a request at work is never closed for another, which is refused", .timeLimit(.minutes(1)))
    func busy() async throws {
        try await Self.withBusyServer { server in
            let refused = try await server.ask("GET", "/sales/active")
            #expect(refused.status == 503)
            #expect(refused.text.contains(#""code":"overloaded""#))
            #expect(refused["Connection"] == "close")
            #expect(server.instruments.http.requestsRejectedTotal.value(.displaced) == 0)
        }
    }

    @Test("Far above the limit a connection is closed at once", .timeLimit(.minutes(1)))
    func flood() async throws {
        try await Self.withBusyServer { server in
            try await Self.withRefused(HTTPLimits.surplusConnections, by: server) {
                let isClosed = try await RawConnection.with(port: server.ports.api) { connection in
                    try await connection.isClosedByServer()
                }
                #expect(isClosed)
            }
        }
    }

    /// Runs the body while so many connections that were refused are still read.
    private static func withRefused(
        _ count: Int, by server: TestServer, _ body: () async throws -> Void
    ) async throws {
        guard count > 0 else { return try await body() }
        try await RawConnection.with(port: server.ports.api) { connection in
            try await connection.send(question)
            #expect(try await connection.answer()?.status == 503)
            try await withRefused(count - 1, by: server, body)
        }
    }

    @Test(
        "A network has its share of the connections, and others have the rest",
        arguments: [([], 1), (["127.0.0.0/8"], 0)] as [([String], UInt64)])
    func share(unbound: [String], displaced: UInt64) async throws {
        try await TestServer.with { setup in
            setup.limits.connections = 8
            setup.limits.networkPercent = 25
            setup.configure = { $0.unboundNetworks = unbound.compactMap { NetworkRange($0) } }
        } _: { server in
            try await Self.withSilence(2, to: server.ports.api) {
                let answer = try await server.ask("GET", "/sales/active")
                #expect(answer.status == 200)
            }
            #expect(server.instruments.http.requestsRejectedTotal.value(.displaced) == displaced)
        }
    }
}
