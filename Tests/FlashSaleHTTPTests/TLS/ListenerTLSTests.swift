// The API by TLS: what it shows, what it refuses, and a certificate that is replaced while it serves.

import FlashSale
import FlashSaleHTTP
import Logging
import NIOCore
import NIOSSL
import Telemetry
import Testing

@Suite("The API by TLS", .enabled(if: ListenerFiles.isInstalled))
struct ListenerTLSTests {
    private static let question = "GET /sales/active HTTP/1.1\r\nHost: test\r\n\r\n"

    /// Runs a server behind the certificate `one`.
    private static func serve(
        _ change: @Sendable (inout TestServer.Setup) -> Void = { _ in },
        _ body: @Sendable (ListenerFiles, TestServer) async throws -> Void
    ) async throws {
        try await ListenerFiles.with { files in
            let tls = try ListenerTLS(certificate: files.certificate, key: files.key)
            try await TestServer.with { setup in
                setup.tls = tls
                change(&setup)
            } _: { server in
                try await body(files, server)
            }
        }
    }

    private static func isServed(_ port: Int, _ client: NIOSSLContext) async throws -> Bool {
        try await RawConnection.with(port: port, tls: client) { try await status(&$0) == 200 }
    }

    private static func status(_ connection: inout RawConnection) async throws -> Int? {
        try await connection.send(question)
        return try await connection.answer()?.status
    }

    @Test("A client that trusts the certificate is served, one request after the other, and hears the last answer")
    func served() async throws {
        try await Self.serve { files, server in
            try await RawConnection.with(port: server.ports.api, tls: files.client(trusting: "one")) { connection in
                for _ in 1...3 { #expect(try await Self.status(&connection) == 200) }
                try await connection.send("GET /sales/active HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
                #expect(try await connection.answer()?.status == 200)
                #expect(try await connection.isClosedByServer())
            }
            #expect(try await server.ask("GET", "/healthz", ofOperations: true).status == 200)
        }
    }

    @Test("A new certificate serves new connections, a bad pair does not, and nobody is dropped")
    func rotation() async throws {
        try await Self.serve { files, server in
            let (port, logs) = (server.ports.api, server.logs)
            // How a handshake that fails ends depends on who is first: the alert, the close, or the request.
            func serves(_ name: String) async throws -> Bool {
                let client = try files.client(trusting: name)
                return (try? await Self.isServed(port, client)) ?? false
            }
            try await RawConnection.with(port: port, tls: files.client(trusting: "one")) { connection in
                #expect(try await Self.status(&connection) == 200)
                let half = try files.text("two.pem")
                try files.write(String(half.prefix(half.count / 2)), to: "tls.pem")
                await logs.hears { $0.metadata["why"]?.description.contains("no certificate in PEM") ?? false }
                try files.write(half, to: "tls.pem")
                await logs.hears { $0.metadata["why"]?.description.contains("is not that of") ?? false }
                #expect(try await serves("one"))
                #expect(try await serves("two") == false)
                try files.put("two")
                await logs.hears { $0.message == "files are read again" }
                #expect(try await serves("two"))
                #expect(try await serves("one") == false)
                #expect(try await Self.status(&connection) == 200, "it goes on with its certificate")
            }
            #expect(logs.lines.count { $0.message == "changed files are refused, the old ones count" } == 2)
        }
    }

    @Test("Files that will not do are one sentence at the start")
    func badFiles() async throws {
        try await ListenerFiles.with { files in
            func problem(_ certificate: String, _ key: String) -> String {
                do throws(FileProblem) {
                    _ = try ListenerTLS(certificate: files.file(certificate), key: files.file(key))
                    return "none"
                } catch {
                    return error.description
                }
            }
            #expect(problem("one.pem", "one.key") == "none")
            #expect(problem("missing.pem", "one.key").contains("No such file"))
            #expect(problem("", "one.key").contains("is no file"))
            #expect(problem("one.key", "one.key").contains("no certificate in PEM"))
            #expect(problem("one.pem", "one.pem").contains("no private key in PEM"))
            #expect(problem("one.pem", "locked.key").contains("without a password"))
            #expect(problem("one.pem", "two.key").contains("is not that of the certificate"))
            #expect(problem("expired.pem", "expired.key").contains("has expired at 20"))
        }
    }

    @Test(
        "A client that speaks no TLS, or an old one, is closed and counted, and the next one is served",
        arguments: ["GET / HTTP/1.1\r\nHost: test\r\n\r\n", "\u{16}\u{3}\u{1}\u{0}\u{5}junk!", "old"])
    func noTLS(bytes: String) async throws {
        try await Self.serve { files, server in
            let port = server.ports.api
            if bytes == "old" {
                let old = try files.client(trusting: "one") { $0.maximumTLSVersion = .tlsv11 }
                await #expect(throws: (any Error).self) {
                    try await RawConnection.with(port: port, tls: old) { _ = try await Self.status(&$0) }
                }
            } else {
                try await RawConnection.with(port: port) { connection in
                    try await connection.send(bytes)
                    // The alert of TLS, which is no answer.
                    #expect(try await connection.answer() == nil)
                }
            }
            #expect(try await Self.isServed(port, files.client(trusting: "one")))
            #expect(server.instruments.http.requestsRejectedTotal.value(.handshake) == 1)
        }
    }

    @Test(
        "A handshake that does not end has the time of a first byte",
        arguments: [[], [0x16], [0x16, 3, 1, 1, 0, 1, 0, 0, 0xFC, 3, 3]] as [[UInt8]])
    func slowHandshake(hello: [UInt8]) async throws {
        try await Self.serve {
            $0.limits.firstByteTimeout = .milliseconds(300)
        } _: { _, server in
            try await RawConnection.with(port: server.ports.api) { connection in
                if !hello.isEmpty { try await connection.send(bytes: hello) }
                #expect(try await connection.isClosedByServer())
            }
        }
    }

    @Test("Large answers arrive whole, and a client that reads none delays no other")
    func largeAnswers() async throws {
        let page = Exposition(contentType: "text/plain", body: [UInt8](repeating: 0x61, count: 12 * 1_024 * 1_024))
        try await Self.serve { setup in
            setup.servesMetricsOnAPI = true
            setup.limits.sendTimeout = .milliseconds(500)
            setup.exposition = { _ in page }
        } _: { files, server in
            let client = try files.client(trusting: "one")
            let request = "GET /metrics HTTP/1.1\r\nHost: test\r\nX-Request-Id: large\r\n\r\n"
            try await RawConnection.with(port: server.ports.api, tls: client) { connection in
                try await connection.send(request)
                #expect(try await connection.answer()?.body.count == page.body.count)
            }
            try await RawConnection.with(port: server.ports.api, tls: client) { deaf in
                try await deaf.send(request.replacing("large", with: "unread"))
                for _ in 1...5 {
                    #expect(try await Self.isServed(server.ports.api, client))
                }
                await server.logs.ended("unread")
            }
            #expect(server.instruments.http.requestsRejectedTotal.value(.timeout) == 1)
        }
    }
}
