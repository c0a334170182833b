// What clients of an overloaded service hear, and what becomes of their connections.

import FlashSale
import Synchronization
import Telemetry
import Testing
import Textbook

@testable import FlashSaleHTTP

@Suite("An overloaded service")
struct SheddingTests {
    private static let checkout = "POST /checkout?user_id=ann&id=ITM-7-1 HTTP/1.1\r\nHost: test\r\n"
    private static let purchase = "POST /purchase?code=\(ScriptedStores.Script.code) HTTP/1.1\r\nHost: test\r\n\r\n"
    private static let look = "GET /sales/active HTTP/1.1\r\nHost: test\r\n\r\n"

    /// Runs the body while the service lets in holders alone.
    private static func withOverload(
        _ change: (inout TestServer.Setup) -> Void = { _ in },
        _ body: @Sendable (TestServer) async throws -> Void
    ) async throws {
        try await TestServer.with { setup in
            setup.ledgerPace = { LedgerPace(delay: .seconds(1)) }
            change(&setup)
        } _: { server in
            while server.instruments.admission.level.value > 2 {
                try Task.checkCancellation()
                #expect(try await server.ask("GET", "/healthz").status == 200)
            }
            try await body(server)
        }
    }

    @Test("Holders, probes and operators are served, all others are told to come back")
    func classes() async throws {
        try await Self.withOverload { setup in
            setup.servesMetricsOnAPI = true
        } _: { server in
            let code = ScriptedStores.Script.code
            for (method, target, status) in [
                ("POST", "/purchase?code=\(code)", 200), ("DELETE", "/checkout?code=\(code)", 200),
                ("GET", "/orders/\(code)", 200), ("HEAD", "/orders/\(code)", 200), ("OPTIONS", "/purchase", 204),
                ("GET", "/healthz", 200), ("GET", "/readyz", 200), ("GET", "/metrics", 200), ("GET", "/health", 200),
                ("POST", "/admin/sales", 401), ("POST", "/checkout?user_id=ann&id=ITM-7-1", 503),
                ("GET", "/sales/active", 503), ("GET", "/sales/7/items", 503), ("GET", "/openapi.json", 503),
                ("GET", "/nothing", 503), ("GET", "/purchase", 503), ("PUT", "/checkout", 503),
            ] {
                let answer = try await server.ask(method, target)
                #expect(answer.status == status, "\(method) \(target)")
            }
            #expect(try await server.ask("GET", "/readyz", ofOperations: true).status == 200)
            let refused = server.instruments.admission.refusedTotal
            #expect(refused.value(.checkout) == 1 && refused.value(.catalogue) == 3 && refused.value(.stranger) == 3)
            await server.logs.hears { $0.message == "overload: requests are shed" }
        }
    }

    @Test("A request that is shed gets the same answer as other refusals, whoever names it")
    func answer() async throws {
        try await Self.withOverload { server in
            try await Self.checkAnswer(of: server, id: nil)
            try await Self.checkAnswer(of: server, id: "given")
        }
    }

    private static func checkAnswer(of server: TestServer, id: String?) async throws {
        let fields = id.map { ["X-Request-Id: \($0)"] } ?? []
        let answer = try await server.ask("GET", "/sales/active", fields)
        let pause = try #require(answer["Retry-After"].flatMap { Int($0) })
        #expect((1...3).contains(pause))
        #expect(answer["Content-Type"] == "application/problem+json" && answer["Cache-Control"] == "no-store")
        #expect(answer["Connection"] == "keep-alive" && answer["Date"]?.hasSuffix("GMT") == true)
        let given = try #require(answer["X-Request-Id"])
        #expect(id == nil ? given.utf8.count == 13 : given == id)
        let code = Reason.overloaded.rawValue
        #expect(answer.text.contains(#""code":"\#(code)","retryable":true,"request_id":"\#(given)"}"#))
        let head = try await server.ask("HEAD", "/sales/active", fields)
        #expect(head.status == 503 && head["Content-Length"] == answer["Content-Length"])
    }

    @Test("A page of an allowed origin may read why it was shed")
    func crossOrigin() async throws {
        try await Self.withOverload { setup in
            setup.configure = { $0.origins = [CrossOriginTests.shop].compactMap { WebOrigin($0) } }
        } _: { server in
            let answer = try await server.ask("GET", "/sales/active", ["Origin: \(CrossOriginTests.shop)"])
            #expect(answer.status == 503 && answer["Access-Control-Allow-Origin"] == CrossOriginTests.shop)
        }
    }

    @Test(
        "A rest is half of what a client is told to wait at least, and a tenth of a second shorter than that at most",
        arguments: [1, 2, 3] as [UInt64])
    func rests(retryAfter: UInt64) {
        var random = SplitMix64(seed: 1)
        let rests = (0..<1_000).map { _ in AdmissionDoor.rest(of: retryAfter, drawnBy: &random) }
        let told = Duration.seconds(Int64(retryAfter))
        #expect(rests.allSatisfy { $0 >= told / 2 && $0 <= told - .milliseconds(100) })
        #expect(Set(rests).count > 200, "they do not come back together")
    }

    @Test("The body of a request that is shed is read and dropped; what follows is served after the rest, in its turn")
    func rest() async throws {
        try await Self.withOverload { server in
            try await RawConnection.with(port: server.ports.api) { connection in
                let body = #"{"user_id":"ann","id":"ITM-7-1"}"#
                let request = Self.checkout + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)"
                // The rest begins later than this.
                let sent = ContinuousClock.now
                try await connection.send(request + "\r\n\r\n" + body + Self.look + Self.purchase)
                #expect(try await connection.answer()?.status == 503)
                #expect(try await connection.answer()?.status == 503)
                #expect(ContinuousClock.now - sent >= .milliseconds(500))
                #expect(try await connection.answer()?.status == 200)
                try await connection.send(Self.purchase)
                #expect(try await connection.answer()?.status == 200)
            }
        }
    }

    @Test("A holder's request ends the rest, whether it is sent before, in one piece or in two")
    func holder() async throws {
        let count = 20
        try await Self.withOverload { server in
            let start = ContinuousClock.now
            try await RawConnection.with(port: server.ports.api) { connection in
                for number in 1...count {
                    let (first, second) = Self.cut(Self.purchase, at: number % 3 == 0 ? 1 : number % 3 * 30)
                    try await connection.send(Self.checkout + "\r\n" + (number % 4 == 0 ? Self.purchase : ""))
                    #expect(try await connection.answer()?.status == 503)
                    if number % 4 != 0 {
                        try await connection.send(first)
                        try await connection.send(second)
                    }
                    #expect(try await connection.answer()?.status == 200)
                }
            }
            #expect(ContinuousClock.now - start < .milliseconds(500 * count), "each rest is 500 ms at least")
        }
    }

    private static func cut(_ text: String, at count: Int) -> (String, String) {
        (String(text.prefix(count)), String(text.dropFirst(count)))
    }

    @Test("A trusted proxy's connection never rests: the next request on it may be a holder's")
    func proxy() async throws {
        let count = 20
        try await Self.withOverload { setup in
            setup.configure = { $0.trustedProxies = ["127.0.0.1"].compactMap { NetworkRange($0) } }
        } _: { server in
            let start = ContinuousClock.now
            try await RawConnection.with(port: server.ports.api) { connection in
                for _ in 1...count {
                    try await connection.send(Self.checkout + "X-Forwarded-For: 192.0.2.7\r\n\r\n" + Self.purchase)
                    #expect(try await connection.answer()?.status == 503)
                    #expect(try await connection.answer()?.status == 200)
                }
            }
            #expect(ContinuousClock.now - start < .milliseconds(500 * count), "each rest is 500 ms at least")
        }
    }

    @Test("A connection closes if nobody knows what follows on it, after a slow body too")
    func close() async throws {
        let rests = [
            "Expect: 100-continue\r\nContent-Length: 10\r\n\r\n", "Connection: close\r\n\r\n",
            "Transfer-Encoding: chunked\r\n\r\n6000\r\n" + String(repeating: "a", count: 0x6000),
            "Content-Length: 10\r\n\r\n12345",
        ]
        try await Self.withOverload { setup in
            setup.limits.requestTimeout = .milliseconds(300)
        } _: { server in
            for rest in rests {
                try await RawConnection.with(port: server.ports.api) { connection in
                    try await connection.send(Self.checkout + rest)
                    let answer = try await connection.answer()
                    #expect(answer?.status == 503 && answer?["Connection"] == "close")
                    #expect(try await connection.isClosedByServer())
                }
            }
        }
    }

    @Test("What was sent while its connection rested is shed too, though the level would let it in; the next is served")
    func eagerness() async throws {
        let count = 48
        let delay = Mutex(Duration.seconds(1))
        let shed = Atomic(0)
        let endsDelay: @Sendable () -> Void = {
            if shed.add(1, ordering: .relaxed).newValue == count { delay.withLock { $0 = .zero } }
        }
        try await Self.withOverload { setup in
            setup.ledgerPace = { LedgerPace(delay: delay.withLock { $0 }) }
        } _: { server in
            let statuses = try await withThrowingTaskGroup(of: [Int].self) { group in
                for _ in 0..<count {
                    group.addTask { try await Self.threeCheckouts(at: server, afterFirst: endsDelay) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.allSatisfy { $0.starts(with: [503, 503]) })
            #expect(statuses.contains { $0.last == 200 })
        }
    }

    /// The second one is sent when the first is answered, and the third when the level lets checkouts in.
    private static func threeCheckouts(at server: TestServer, afterFirst: @escaping @Sendable () -> Void) async throws
        -> [Int]
    {
        let checkout = Self.checkout + "Content-Length: 0\r\n\r\n"
        return try await RawConnection.with(port: server.ports.api) { connection in
            var statuses: [Int] = []
            for number in 1...3 {
                while number == 3, server.instruments.admission.level.value < 3 {
                    try Task.checkCancellation()
                    #expect(try await server.ask("GET", "/healthz").status == 200)
                }
                try await connection.send(checkout)
                statuses.append(try #require(await connection.answer()).status)
                if number == 1 { afterFirst() }
            }
            return statuses
        }
    }

    @Test("When the delay is over, the level rises")
    func recovery() async throws {
        let delay = Mutex(Duration.seconds(1))
        try await Self.withOverload { setup in
            setup.ledgerPace = { LedgerPace(delay: delay.withLock { $0 }) }
        } _: { server in
            delay.withLock { $0 = .zero }
            while server.instruments.admission.level.value < 2.1 {
                try Task.checkCancellation()
                let answer = try await server.ask("GET", "/healthz")
                #expect(answer.status == 200)
            }
            #expect(server.instruments.admission.delaySeconds.count(.ledger) > 3)
        }
    }
}
