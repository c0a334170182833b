// The client behind proxies, and headers that are forged.

import Logging
import NIOHTTP1
import Telemetry
import Testing

@testable import FlashSaleHTTP

@Suite("Trusted proxies")
struct TrustedProxiesTests {
    private static let proxies = TrustedProxies(ranges: ["10.0.0.0/8", "fd00::/8"].compactMap { NetworkRange($0) })

    @Test(
        "The client is the last address that no trusted proxy has",
        arguments: [
            ([("X-Forwarded-For", "192.0.2.7")], "192.0.2.7"),
            ([("X-Forwarded-For", "203.0.113.9, 192.0.2.7, 10.1.1.1")], "192.0.2.7"),
            ([("X-Forwarded-For", "203.0.113.9"), ("X-Forwarded-For", "192.0.2.7")], "192.0.2.7"),
            ([("X-Forwarded-For", "10.1.1.1, 10.2.2.2")], "10.1.1.1"),
            ([("X-Forwarded-For", "192.0.2.7:4711")], "192.0.2.7"),
            ([("X-Forwarded-For", "nonsense, 10.1.1.1")], "10.1.1.1"),
            ([("X-Forwarded-For", "192.0.2.7, unknown")], "10.0.0.1"),
            ([("X-Forwarded-For", "")], "10.0.0.1"),
            ([("X-Forwarded-For", ",,192.0.2.7,,")], "10.0.0.1"),
            ([("Forwarded", "for=192.0.2.7;proto=https")], "192.0.2.7"),
            ([("Forwarded", #"for="[2001:db8::7]:4711", By=10.0.0.2;For=10.3.3.3"#)], "2001:db8::7"),
            ([("Forwarded", #"for=", for=192.0.2.7"#)], "192.0.2.7"),
            ([("Forwarded", "for=_hidden")], "10.0.0.1"), ([("Forwarded", "proto=https")], "10.0.0.1"),
            ([("Forwarded", "for=203.0.113.9"), ("X-Forwarded-For", "192.0.2.7")], "192.0.2.7"), ([], "10.0.0.1"),
        ] as [([(String, String)], String)])
    func client(fields: [(String, String)], client: String) throws {
        let peer = try #require(ClientAddress("10.0.0.1"))
        #expect(Self.proxies.trusts(peer))
        #expect(Self.proxies.client(behind: peer, HTTPHeaders(fields)).description == client)
    }

    @Test("A list that is longer than any chain of proxies is not read to its end")
    func longList() throws {
        let peer = try #require(ClientAddress("10.0.0.1"))
        let list = "192.0.2.7" + String(repeating: ", 10.1.1.1", count: 20)
        #expect(Self.proxies.client(behind: peer, ["x-forwarded-for": list]).description == "10.1.1.1")
    }

    @Test(
        "A stranger's headers are ignored, in the log too",
        arguments: [([], "127.0.0.1"), (["127.0.0.1"], "192.0.2.7")])
    func log(trusted: [String], client: String) async throws {
        try await TestServer.with { setup in
            setup.configure = { $0.trustedProxies = trusted.compactMap { NetworkRange($0) } }
        } _: { server in
            _ = try await server.ask("GET", "/sales/active", ["X-Request-Id: r1", "X-Forwarded-For: 192.0.2.7"])
            await server.logs.ended("r1")
            let line = server.logs.lines.first { $0.requestID == "r1" }
            #expect(line?.metadata["client_ip"]?.description == client)
        }
    }

    @Test("A network that guesses tokens is not heard for a while; others are, behind the same proxy")
    func guesses() async throws {
        try await TestServer.with { setup in
            setup.limits.tokenGuessesBurst = 3
            setup.configure = { $0.trustedProxies = ["127.0.0.1"].compactMap { NetworkRange($0) } }
        } _: { server in
            func ask(_ token: String, from client: String) async throws -> RawAnswer {
                let fields = ["Authorization: Bearer \(token)", "X-Forwarded-For: \(client)"]
                return try await server.ask("POST", "/admin/sales", fields)
            }
            for guess in 1...3 {
                let answer = try await ask("guess-\(guess)", from: "192.0.2.\(guess)")
                #expect(answer.status == 403)
            }
            let refused = try await ask(TestServer.token, from: "192.0.2.99")
            #expect(refused.status == 429 && refused["Retry-After"] != nil, "the right token is not heard either")
            #expect(server.instruments.http.requestsRejectedTotal.value(.rateLimited) == 1)
            #expect(try await ask(TestServer.token, from: "198.51.100.1").status == 400, "it has no body")
        }
    }
}
