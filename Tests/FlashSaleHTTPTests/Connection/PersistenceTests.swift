// Connections that must go on: after an upgrade that was declined, after a sign to send the body, after half a close.

import FlashSaleHTTP
import NIOCore
import NIOPosix
import Telemetry
import Testing

@Suite("A connection goes on")
struct PersistenceTests {
    private static let probe = "GET /healthz HTTP/1.1\r\nHost: test\r\n\r\n"
    private static let checkout = "POST /checkout HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"
    private static let body = #"{"user_id":"ann","id":"ITM-7-1"}"#

    @Test(
        "An offered upgrade is declined, and the next request is answered, sent at once or later",
        arguments: [
            "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n",
            "Upgrade: websocket\r\nConnection: keep-alive, upgrade\r\nSec-WebSocket-Version: 13\r\n",
            "Connection: upgrade\r\nUpgrade: TLS/1.0\r\n", "Upgrade: h2c\r\n",
        ], [true, false])
    func upgrade(offer: String, isPipelined: Bool) async throws {
        let requests = [
            ("GET /sales/active HTTP/1.1\r\nHost: test\r\n\(offer)\r\n", 200),
            (Self.checkout + "\(offer)Content-Length: \(Self.body.utf8.count)\r\n\r\n\(Self.body)", 200),
            (
                Self.checkout + "\(offer)Transfer-Encoding: chunked\r\n\r\n"
                    + "\(String(Self.body.utf8.count, radix: 16))\r\n\(Self.body)\r\n0\r\n\r\n", 200
            ),
            ("POST /purchase?code=none HTTP/1.1\r\nHost: test\r\n\(offer)Content-Length: 0\r\n\r\n", 404),
            (Self.probe, 200),
        ]
        try await TestServer.with { server in
            try await RawConnection.with(port: server.ports.api) { connection in
                if isPipelined { try await connection.send(requests.map(\.0).joined()) }
                for (request, status) in requests {
                    if !isPipelined { try await connection.send(request) }
                    let answer = try await connection.answer()
                    #expect(answer?.status == status, "\(request)")
                    #expect(answer?["Connection"] == "keep-alive" && answer?["Keep-Alive"] == "timeout=75")
                }
            }
        }
    }

    @Test("CONNECT is declined like any method that a path does not take")
    func connect() async throws {
        try await TestServer.with { server in
            try await RawConnection.with(port: server.ports.api) { connection in
                try await connection.send("CONNECT shop.test:443 HTTP/1.1\r\nHost: shop.test:443\r\n\r\n")
                #expect(try await connection.answer()?.status == 404)
                try await connection.send(Self.probe)
                #expect(try await connection.answer()?.status == 200)
            }
        }
    }

    @Test(
        "A client of HTTP/1.1 that waits for 100 Continue hears it, however it writes that",
        arguments: [" 100-continue", " 100-Continue", " 100-continue ", " 100-continue\t", "100-continue"])
    func expectation(value: String) async throws {
        try await TestServer.with { server in
            try await RawConnection.with(port: server.ports.api) { connection in
                try await connection.send(
                    Self.checkout + "Expect:\(value)\r\nContent-Length: \(Self.body.utf8.count)\r\n\r\n")
                #expect(try await connection.answer()?.status == 100)
                try await connection.send(Self.body)
                #expect(try await connection.answer()?.status == 200)
            }
        }
    }

    @Test("White space at the end of a value is no part of it", arguments: ["", " ", "\t", " \t "])
    func blanks(blank: String) async throws {
        try await TestServer.with { server in
            try await RawConnection.with(port: server.ports.api) { connection in
                try await connection.send(
                    "GET /sales/active HTTP/1.1\r\nHost: test\(blank)\r\nX-Request-Id: r1\(blank)\r\n"
                        + "Connection: close\(blank)\r\n\r\n")
                let answer = try await connection.answer()
                #expect(answer?.status == 200 && answer?["X-Request-Id"] == "r1")
                #expect(answer?["Connection"] == "close")
                #expect(try await connection.answer() == nil)
            }
        }
    }

    @Test("An expectation of HTTP/1.0 is passed over")
    func oldExpectation() async throws {
        try await TestServer.with { server in
            let answer = try await server.send(
                "POST /checkout HTTP/1.0\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n"
                    + "Content-Length: \(Self.body.utf8.count)\r\n\r\n\(Self.body)")
            #expect(answer.status == 200)
        }
    }

    @Test("A client that shuts its half after the last request gets all its answers")
    func halfClose() async throws {
        try await TestServer.with { server in
            let client = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connect(host: "127.0.0.1", port: server.ports.api) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                            wrappingChannelSynchronously: channel,
                            configuration: .init(isOutboundHalfClosureEnabled: true))
                    }
                }
            let text = try await client.executeThenClose { inbound, outbound in
                let request = Self.checkout + "Content-Length: \(Self.body.utf8.count)\r\n\r\n\(Self.body)"
                try await outbound.write(ByteBuffer(string: request + Self.probe + request))
                outbound.finish()
                var text = ""
                for try await part in inbound { text += String(buffer: part) }
                return text
            }
            #expect(text.split(separator: "HTTP/1.1 200").count == 3)
        }
    }

    @Test("A client that leaves in the middle of a request is not answered")
    func leftInTheMiddle() async throws {
        try await TestServer.with { server in
            try await RawConnection.with(port: server.ports.api) { connection in
                try await connection.send(Self.checkout + "X-Request-Id: half\r\nContent-Length: 10\r\n\r\n12345")
                #expect(try await server.ask("GET", "/healthz").status == 200)
            }
            await server.logs.ended("half")
            #expect(server.instruments.http.requestsRejectedTotal.value(.badRequest) == 0)
        }
    }

    @Test("A body in a coding that the service does not know is refused, and the answer names the one it knows")
    func contentCoding() async throws {
        try await TestServer.with { server in
            let answer = try await server.send(
                Self.checkout + "Content-Encoding: gzip\r\nConnection: close\r\n"
                    + "Content-Length: \(Self.body.utf8.count)\r\n\r\n\(Self.body)")
            #expect(answer.status == 415)
            #expect(answer["Accept-Encoding"] == "identity")
        }
    }
}
