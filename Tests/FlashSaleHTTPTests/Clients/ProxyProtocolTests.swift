// The PROXY protocol: what a header says, and who may say it.

import Logging
import NIOCore
import Telemetry
import Testing
import Textbook

@testable import FlashSaleHTTP

@Suite("The PROXY protocol")
struct ProxyProtocolTests {
    private static let signature: [UInt8] = [13, 10, 13, 10, 0, 13, 10, 0x51, 0x55, 0x49, 0x54, 10]

    /// A header of version 2.
    private static func binary(_ command: UInt8, _ family: UInt8, _ rest: [UInt8], length: Int? = nil) -> [UInt8] {
        let length = length ?? rest.count
        return signature + [command, family, UInt8(length >> 8), UInt8(length & 0xFF)] + rest
    }

    private static let ports: [UInt8] = [0x12, 0x67, 0x01, 0xBB]
    private static let short: [UInt8] = [192, 0, 2, 7, 10, 0, 0, 1]
    private static let long: [UInt8] = [0x20, 1, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [7]

    /// Bytes, and the client that they name; nil for the proxy's own connection.
    private static let headers: [([UInt8], String?)] = [
        (Array("PROXY TCP4 192.0.2.7 10.0.0.1 4711 443\r\n".utf8), "192.0.2.7"),
        (Array("PROXY TCP6 2001:db8::7 ::1 4711 443\r\n".utf8), "2001:db8::7"),
        (Array("PROXY UNKNOWN\r\n".utf8), nil), (Array("PROXY UNKNOWN what ever\r\n".utf8), nil),
        (binary(0x21, 0x11, short + ports), "192.0.2.7"), (binary(0x21, 0x21, long + long + ports), "2001:db8::7"),
        (binary(0x21, 0x11, short + ports + [4, 0, 1, 0]), "192.0.2.7"), (binary(0x20, 0, []), nil),
        (binary(0x20, 0x11, short + ports), nil), (binary(0x21, 0x31, [UInt8](repeating: 0x61, count: 216)), nil),
    ]

    @Test("A header names the client, however its bytes arrive", arguments: headers)
    func whole(bytes: [UInt8], client: String?) {
        let expected = ProxyHeader.whole(client: client.flatMap { ClientAddress($0) }, length: bytes.count)
        for count in 1..<bytes.count {
            #expect(ProxyHeader(ByteBuffer(bytes: bytes[..<count]).readableBytesView) == .incomplete)
        }
        for rest in ["", "GET / HTTP/1.1\r\n"] {
            #expect(ProxyHeader(ByteBuffer(bytes: bytes + Array(rest.utf8)).readableBytesView) == expected)
        }
    }

    private static let lines = [
        "GET / HTTP/1.1\r\n", "proxy TCP4 192.0.2.7 10.0.0.1 4711 443\r\n", "PROXY TCP4 192.0.2.7 10.0.0.1 4711\r\n",
        "PROXY TCP4 2001:db8::7 ::1 4711 443\r\n", "PROXY TCP6 192.0.2.7 10.0.0.1 4711 443\r\n",
        "PROXY TCP4 192.0.2.7 10.0.0.1 4711 443\n", "PROXY TCP4 192.0.2.7 10.0.0.1 99999 443\r\n",
        "PROXY  TCP4 192.0.2.7 10.0.0.1 4711 443\r\n", "PROXY TCP4 192.0.2.300 10.0.0.1 4711 443\r\n",
        "PROXY " + String(repeating: "x", count: 101), "PROXY \r\n", "\u{16}\u{3}\u{1}",
    ]
    private static let noHeaders: [[UInt8]] =
        lines.map { Array($0.utf8) } + [
            binary(0x11, 0x11, short + ports), binary(0x22, 0x11, short + ports), binary(0x21, 0x12, short + ports),
            binary(0x21, 0x11, short), binary(0x21, 0x21, short + ports), binary(0x21, 0x11, [], length: 3_000),
        ]

    @Test("What is no header is junk", arguments: noHeaders)
    func junk(bytes: [UInt8]) {
        #expect(ProxyHeader(ByteBuffer(bytes: bytes).readableBytesView) == .junk)
    }

    @Test("Bent headers never read beyond their bytes, and never wait for more than the longest header")
    func bent() {
        var random = SplitMix64(seed: 16)
        for _ in 1...20_000 {
            var bytes = Self.headers[Int(random.next() % UInt64(Self.headers.count))].0
            for _ in 0...random.next() % 3 {
                bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
            }
            bytes += [UInt8](repeating: 0x61, count: ProxyHeader.bytesMax)
            let header = ProxyHeader(ByteBuffer(bytes: bytes).readableBytesView)
            #expect(header != .incomplete)
            if case .whole(_, let length) = header { #expect(length <= ProxyHeader.bytesMax) }
        }
    }

    /// Runs a server that reads the header of connections from loopback, if that is a trusted proxy.
    private static func serve(
        trusting proxies: [String] = ["127.0.0.1"], limits: HTTPLimits = HTTPLimits(), tls: ListenerTLS? = nil,
        _ body: @Sendable (TestServer) async throws -> Void
    ) async throws {
        try await TestServer.with { setup in
            setup.configure = { configuration in
                configuration.readsProxyHeaders = true
                configuration.trustedProxies = proxies.compactMap { NetworkRange($0) }
            }
            setup.limits = limits
            setup.limits.drainNotice = .zero
            setup.tls = tls
        } _: { server in
            try await body(server)
        }
    }

    private static func question(_ id: String) -> String {
        "GET /sales/active HTTP/1.1\r\nHost: test\r\nX-Request-Id: \(id)\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n"
    }

    @Test("The client of the header is the client of the log, and its own headers count for nothing")
    func log() async throws {
        try await Self.serve { server in
            let line = "PROXY TCP4 192.0.2.7 10.0.0.1 4711 443\r\n"
            let answer = try await server.send(line + Self.question("r1"))
            #expect(answer.status == 200)
            await server.logs.ended("r1")
            let logged = server.logs.lines.first { $0.requestID == "r1" }
            #expect(logged?.metadata["client_ip"]?.description == "192.0.2.7")
        }
    }

    @Test("Who is no trusted proxy sends no header: its line is a bad request, and the plain request is served")
    func stranger() async throws {
        try await Self.serve(trusting: ["10.0.0.1"]) { server in
            let line = try await server.send("PROXY TCP4 192.0.2.7 10.0.0.1 4711 443\r\n\r\n")
            #expect(line.status == 400)
            let plain = try await server.send(Self.question("r2"))
            #expect(plain.status == 200)
        }
    }

    @Test("A header that is junk or does not end closes the connection, and takes no other down")
    func bad() async throws {
        var limits = HTTPLimits()
        limits.headTimeout = .milliseconds(300)
        try await Self.serve(limits: limits) { server in
            for bytes in ["GET / HTTP/1.1\r\n\r\n", "PROXY TCP4 192.0.2.7", ""] {
                try await RawConnection.with(port: server.ports.api) { connection in
                    if !bytes.isEmpty { try await connection.send(bytes) }
                    #expect(try await connection.isClosedByServer())
                }
            }
            let rejected = server.instruments.http.requestsRejectedTotal
            #expect(rejected.value(.badRequest) == 1)
            #expect(rejected.value(.timeout) == 2)
            #expect(try await server.send("PROXY UNKNOWN\r\n" + Self.question("r3")).status == 200)
        }
    }

    @Test("A network behind the proxy has its share of the connections, whatever others have")
    func share() async throws {
        var limits = HTTPLimits()
        limits.connections = 8
        limits.networkPercent = 25
        try await Self.serve(limits: limits) { server in
            let rejected = server.instruments.http.requestsRejectedTotal
            func withConnection(from client: String, _ body: (inout RawConnection) async throws -> Void) async throws {
                try await RawConnection.with(port: server.ports.api) { connection in
                    try await connection.send("PROXY TCP4 \(client) 10.0.0.1 4711 443\r\n" + Self.question("r"))
                    #expect(try await connection.answer()?.status == 200)
                    try await body(&connection)
                }
            }
            try await withConnection(from: "192.0.2.1") { first in
                try await withConnection(from: "192.0.2.2") { _ in
                    try await withConnection(from: "198.51.100.1") { _ in #expect(rejected.value(.displaced) == 0) }
                    try await withConnection(from: "192.0.2.3") { _ in
                        #expect(rejected.value(.displaced) == 1)
                        let isClosed = try await first.isClosedByServer()
                        #expect(isClosed)
                    }
                }
            }
        }
    }

    @Test("The header comes before TLS", .enabled(if: ListenerFiles.isInstalled))
    func beforeTLS() async throws {
        try await ListenerFiles.with { files in
            let tls = try ListenerTLS(certificate: files.certificate, key: files.key)
            let client = try files.client(trusting: "one")
            try await Self.serve(tls: tls) { server in
                try await RawConnection.with(
                    port: server.ports.api, greeting: "PROXY TCP4 192.0.2.7 10.0.0.1 4711 443\r\n", tls: client
                ) { connection in
                    try await connection.send(Self.question("r4"))
                    #expect(try await connection.answer()?.status == 200)
                }
                await server.logs.ended("r4")
                let logged = server.logs.lines.first { $0.requestID == "r4" }
                #expect(logged?.metadata["client_ip"]?.description == "192.0.2.7")
            }
        }
    }
}
