// Clients that send requests and do not read the answers must not delay others.

import FlashSaleHTTP
import NIOCore
import NIOPosix
import Synchronization
import Telemetry
import Testing

@Suite("Unread answers")
struct UnreadAnswerTests {
    /// More than the kernel keeps for a connection, at both ends together.
    private static let answer = Exposition(
        contentType: "text/plain", body: [UInt8](repeating: 0x61, count: 32 * 1_024 * 1_024))

    @Test("A client that never reads gets one answer, delays no other client, and is closed")
    func neverRead() async throws {
        let (asked, asking) = AsyncStream<Void>.makeStream()
        let answers = Mutex(0)
        try await TestServer.with { setup in
            setup.servesMetricsOnAPI = true
            setup.limits.requestsInFlight = 1
            setup.limits.sendTimeout = .milliseconds(300)
            setup.exposition = { _ in
                answers.withLock { $0 += 1 }
                asking.yield()
                return Self.answer
            }
        } _: { server in
            let deaf = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .channelOption(.autoRead, value: false)
                .connect(host: "127.0.0.1", port: server.ports.api).get()
            let request = "GET /metrics HTTP/1.1\r\nHost: test\r\nX-Request-Id: unread\r\n\r\n"
            try await deaf.writeAndFlush(ByteBuffer(string: String(repeating: request, count: 50)))
            for await _ in asked { break }
            for _ in 1...20 { #expect(try await server.ask("GET", "/sales/active").status == 200) }
            await server.logs.ended("unread")
            #expect(answers.withLock { $0 } == 1)
            #expect(server.instruments.http.requestsRejectedTotal.value(.timeout) == 1)
            try await deaf.close()
        }
    }

    @Test("A client that reads slowly gets its answers whole, one after the other")
    func slowRead() async throws {
        try await TestServer.with { setup in
            setup.servesMetricsOnAPI = true
            setup.exposition = { _ in Self.answer }
        } _: { server in
            try await RawConnection.with(port: server.ports.api) { connection in
                let request = "GET /metrics HTTP/1.1\r\nHost: test\r\n\r\n"
                try await connection.send(request + request + "GET /healthz HTTP/1.1\r\nHost: test\r\n\r\n")
                #expect(try await connection.answer()?.body.count == Self.answer.body.count)
                #expect(try await connection.answer()?.body.count == Self.answer.body.count)
                #expect(try await connection.answer()?.status == 200)
            }
        }
    }
}
