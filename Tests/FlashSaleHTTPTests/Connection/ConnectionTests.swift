// A connection with its bytes, limits and clocks, over a real socket.

import FlashSale
import FlashSaleHTTP
import Telemetry
import Testing

@Suite("A connection")
struct ConnectionTests {
    static let checkout = "POST /checkout?user_id=ann&id=ITM-7-1 HTTP/1.1\r\nHost: test\r\n"

    @Test("Requests sent in one go are answered in their order")
    func pipelining() async throws {
        try await TestServer.with { server in
            try await RawConnection.with(port: server.ports.api) { connection in
                let requests = (1...50).map { number in
                    let target = number % 2 == 0 ? "/sales/active" : "/checkout?user_id=u\(number)&id=ITM-7-1"
                    let line = "\(number % 2 == 0 ? "GET" : "POST") \(target) HTTP/1.1"
                    return "\(line)\r\nHost: test\r\nX-Request-Id: r\(number)\r\n\r\n"
                }
                try await connection.send(requests.joined())
                for number in 1...50 {
                    let answer = try await connection.answer()
                    #expect(answer?.status == 200)
                    #expect(answer?["X-Request-Id"] == "r\(number)")
                }
            }
        }
    }

    @Test("A request may arrive a byte at a time, its body in chunks")
    func bytewise() async throws {
        let body = #"{"user_id":"ann","id":"ITM-7-1"}"#
        let half = body.index(body.startIndex, offsetBy: 10)
        let chunks = [body[..<half], body[half...]].map { "\(String($0.utf8.count, radix: 16))\r\n\($0)\r\n" }.joined()
        let request =
            "POST /checkout HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"
            + "Transfer-Encoding: chunked\r\n\r\n" + chunks + "0\r\n\r\n"
        let status = try await TestServer.with { server in
            try await RawConnection.with(port: server.ports.api) { connection in
                for byte in request.utf8 { try await connection.send(bytes: [byte]) }
                return try await connection.answer()?.status
            }
        }
        #expect(status == 200)
    }

    @Test(
        "A body that is too large is refused unread",
        arguments: [
            checkout + "Content-Length: 16385\r\n\r\n",
            checkout + "Transfer-Encoding: chunked\r\n\r\n4001\r\n" + String(repeating: " ", count: 0x4001),
            checkout + "Expect: 100-continue\r\nContent-Length: 99999999999\r\n\r\n",
        ])
    func bodyTooLarge(request: String) async throws {
        try await TestServer.with { server in
            try await RawConnection.with(port: server.ports.api) { connection in
                try await connection.send(request)
                let answer = try await connection.answer()
                #expect(answer?.status == 413)
                #expect(answer?.text.contains(#""code":"body_too_large""#) == true)
                #expect(answer?["Connection"] == "close")
                #expect(try await connection.isClosedByServer())
            }
            #expect(server.instruments.http.requestsRejectedTotal.value(.bodyTooLarge) == 1)
            #expect(server.instruments.sale.checkoutAttemptsTotal.value == 0)
        }
    }

    @Test("A body of the largest size is read, after 100 Continue if the client expects it")
    func largestBody() async throws {
        let body = #"{"user_id":"ann","id":"ITM-7-1"}"#
        let padded = body + String(repeating: " ", count: 16 * 1_024 - body.utf8.count)
        try await TestServer.with { server in
            try await RawConnection.with(port: server.ports.api) { connection in
                try await connection.send(
                    "POST /checkout HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"
                        + "Expect: 100-continue\r\nContent-Length: \(padded.utf8.count)\r\n\r\n"
                )
                #expect(try await connection.answer()?.status == 100)
                try await connection.send(padded)
                #expect(try await connection.answer()?.status == 200)
            }
        }
    }

    @Test(
        "A head that is too large is refused",
        arguments: [
            "GET /\(String(repeating: "a", count: 17_000)) HTTP/1.1\r\nHost: test\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: test\r\nX-Long: \(String(repeating: "a", count: 17_000))\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: test\r\n" + (0...100).map { "X-\($0): a\r\n" }.joined() + "\r\n",
            "GET / HTTP/1.1\r\nHost: test\r\n"
                + (0...20).map { "X-\($0): \(String(repeating: "a", count: 1_000))\r\n" }.joined() + "\r\n",
            // Never a whole head: the target does not end.
            "GET /\(String(repeating: "a", count: 200_000))",
        ])
    func headTooLarge(request: String) async throws {
        try await TestServer.with { server in
            let answer = try await server.send(request)
            #expect(answer.status == 431)
            #expect(answer.text.contains(#""code":"header_too_large""#))
            #expect(answer["X-Request-Id"] != nil)
            #expect(server.instruments.http.requestsRejectedTotal.value(.headerTooLarge) == 1)
        }
    }

    @Test(
        "Bytes that are not HTTP get a problem document, and the connection is closed",
        arguments: [
            "nonsense\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n", "\u{1}\u{2}\r\n\r\n",
            checkout + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", checkout + "Content-Length: -1\r\n\r\n",
            checkout + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            checkout + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
            "GET /healthz HTTP/1.1\r\n\r\n", "GET /healthz HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n",
            checkout + "Host: test\r\n\r\n",
        ])
    func notHTTP(request: String) async throws {
        try await TestServer.with { server in
            try await RawConnection.with(port: server.ports.api) { connection in
                try await connection.send(request)
                let answer = try await connection.answer()
                #expect(answer?.status == 400)
                #expect(answer?.text.contains(#""code":"validation""#) == true)
                #expect(answer?["Connection"] == "close")
                #expect(try await connection.isClosedByServer())
            }
        }
    }

    @Test(
        "The answer has the client's request id if it is well-formed",
        arguments: [
            ("mine-1", true), ("with space", false), ("", false), (String(repeating: "i", count: 65), false),
        ])
    func requestID(id: String, isTaken: Bool) async throws {
        let answer = try await TestServer.with { try await $0.ask("GET", "/sales/active", ["X-Request-Id: \(id)"]) }
        #expect((answer["X-Request-Id"] == id) == isTaken)
        #expect(answer["X-Request-Id"]?.isEmpty == false)
    }

    @Test("Stores that hang do not hold a request past its deadline")
    func hangingStore() async throws {
        try await TestServer.with { setup in
            setup.limits.requestTimeout = .milliseconds(100)
            setup.limits.lateAnswerGrace = .milliseconds(50)
            setup.script.record = { _ in
                await untilCancelled()
                throw CancellationError()
            }
        } _: { server in
            let start = ContinuousClock.now
            let answer = try await server.ask("POST", "/checkout?user_id=ann&id=ITM-7-1")
            #expect(answer.status == 503)
            #expect(answer.text.contains(#""code":"timeout""#))
            #expect(answer["Retry-After"] != nil)
            #expect(ContinuousClock.now - start >= .milliseconds(100))
            #expect(server.instruments.http.requestsRejectedTotal.value(.timeout) == 1)
        }
    }

    @Test("A missing body is answered, a missing head is not")
    func slowClient() async throws {
        try await TestServer.with { setup in
            setup.limits.requestTimeout = .milliseconds(100)
            setup.limits.headTimeout = .milliseconds(100)
        } _: { server in
            let answer = try await server.send(
                Self.checkout + "Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{")
            #expect(answer.status == 503)
            #expect(answer.text.contains(#""code":"timeout""#))
            try await RawConnection.with(port: server.ports.api) { connection in
                try await connection.send("GET /sales/act")
                #expect(try await connection.isClosedByServer())
            }
            #expect(server.instruments.http.requestsRejectedTotal.value(.timeout) == 2)
        }
    }

    @Test("An idle connection is closed; a busy one is not")
    func idle() async throws {
        try await TestServer.with { setup in
            setup.limits.requestTimeout = .milliseconds(100)
            setup.limits.idleTimeout = .seconds(1)
        } _: { server in
            try await RawConnection.with(port: server.ports.api) { connection in
                for _ in 1...3 {
                    try await connection.send("GET /sales/active HTTP/1.1\r\nHost: test\r\n\r\n")
                    #expect(try await connection.answer()?.status == 200)
                }
                #expect(try await connection.isClosedByServer())
            }
        }
    }

    @Test("A client that resets the connection is counted as 499, once, and its flow is told")
    func clientGone() async throws {
        let (arrived, arrival) = AsyncStream<Void>.makeStream()
        let (left, leaving) = AsyncStream<Void>.makeStream()
        try await TestServer.with { setup in
            setup.script.record = { _ in
                arrival.finish()
                await untilCancelled()
                leaving.finish()
                throw CancellationError()
            }
        } _: { server in
            let client = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connect(host: "127.0.0.1", port: server.ports.api).get()
            try await client.writeAndFlush(ByteBuffer(string: Self.checkout + "X-Request-Id: gone\r\n\r\n"))
            for await _ in arrived {}
            #expect(server.instruments.http.requestsInFlight.value == 1)
            // What is closed without lingering is reset.
            let options = try #require(client as? any SocketOptionProvider)
            try await options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
            try await client.close()
            for await _ in left {}
            await server.logs.ended("gone")
            let labels = RequestLabels(.checkout, .post, .clientClosed)
            #expect(server.instruments.http.requestDurationSeconds.count(labels) == 1)
            #expect(server.instruments.http.requestsInFlight.value == 0)
        }
    }

    @Test("Above the limit requests are refused; probes are not")
    func overload() async throws {
        let (arrived, arrival) = AsyncStream<Void>.makeStream()
        try await TestServer.with { setup in
            setup.limits.requestsInFlight = 1
            setup.script.record = { _ in
                arrival.finish()
                await untilCancelled()
                throw CancellationError()
            }
        } _: { server in
            try await RawConnection.with(port: server.ports.api) { connection in
                try await connection.send(Self.checkout + "\r\n")
                for await _ in arrived {}
                let refused = try await server.ask("GET", "/sales/active")
                #expect(refused.status == 503)
                #expect(refused.text.contains(#""code":"overloaded""#))
                #expect(refused["Connection"] == nil)
                #expect(try await server.ask("GET", "/healthz").status == 200)
                #expect(try await server.ask("GET", "/readyz", ofOperations: true).text == "overloaded\n")
                #expect(server.instruments.http.requestsRejectedTotal.value(.overload) == 1)
            }
        }
    }

    @Test("A connection above the limit gets a refusal and is closed")
    func connections() async throws {
        try await TestServer.with { setup in
            setup.limits.connections = 1
        } _: { server in
            try await RawConnection.with(port: server.ports.api) { connection in
                try await connection.send("GET /sales/active HTTP/1.1\r\nHost: test\r\n\r\n")
                #expect(try await connection.answer()?.status == 200)
                let refused = try await server.ask("GET", "/sales/active")
                #expect(refused.status == 503)
                #expect(refused.text.contains(#""code":"overloaded""#))
                #expect(refused["Connection"] == "close")
                try await connection.send("GET /sales/active HTTP/1.1\r\nHost: test\r\n\r\n")
                #expect(try await connection.answer()?.status == 200)
            }
            #expect(server.instruments.http.connectionsTotal.value == 2)
        }
    }

    @Test("Far above the limit a connection is closed at once")
    func flood() async throws {
        try await TestServer.with { setup in
            setup.limits.connections = 1
        } _: { server in
            try await Self.withConnections(1 + HTTPLimits.surplusConnections, to: server.ports.api) {
                let isClosed = try await RawConnection.with(port: server.ports.api) { connection in
                    try await connection.isClosedByServer()
                }
                #expect(isClosed)
            }
            // The connections that were closed at once have given their places back.
            #expect(try await server.ask("GET", "/sales/active").status == 200)
        }
    }

    /// Runs the body while so many idle connections are open.
    private static func withConnections(_ count: Int, to port: Int, _ body: () async throws -> Void) async throws {
        guard count > 0 else { return try await body() }
        try await RawConnection.with(port: port) { _ in try await withConnections(count - 1, to: port, body) }
    }

    @Test("HEAD is GET without the body; HTTP/1.0 and Connection: close end the connection")
    func headAndClose() async throws {
        try await TestServer.with { server in
            let get = try await server.ask("GET", "/sales/7")
            let head = try await server.ask("HEAD", "/sales/7")
            #expect(head.status == 200)
            #expect(head.body.isEmpty)
            #expect(head["Content-Length"] == String(get.body.count))
            for request in [
                "GET /healthz HTTP/1.0\r\n\r\n",
                "GET http://test/healthz HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n",
            ] {
                try await RawConnection.with(port: server.ports.api) { connection in
                    try await connection.send(request)
                    let answer = try await connection.answer()
                    #expect(answer?.text == "alive\n")
                    #expect(answer?["Connection"] == "close")
                    #expect(try await connection.isClosedByServer())
                }
            }
        }
    }

    @Test("Every request leaves one line in the access log, without its query")
    func accessLog() async throws {
        try await TestServer.with { server in
            _ = try await server.ask("POST", "/checkout?user_id=ann&id=ITM-7-1", ["X-Request-Id: r1"])
            _ = try await server.ask("GET", "/orders/secret-code", ["X-Request-Id: r2"])
            await server.logs.ended("r1")
            await server.logs.ended("r2")
            let lines = server.logs.lines.filter { $0.message == "request" }
            #expect(lines.map { $0.metadata["request_id"] } == ["r1", "r2"])
            #expect(lines.map { $0.metadata["path"] } == ["/checkout", "/orders/{code}"])
            #expect(lines.map { $0.metadata["status_code"]?.description } == ["200", "404"])
            #expect(lines.map { $0.metadata["operation"] } == ["checkout", "order"])
            #expect(lines.allSatisfy { $0.metadata["client_ip"] == "127.0.0.1" && $0.metadata["slow"] == nil })
            #expect(lines.allSatisfy { $0.metadata["duration_ms"] != nil && $0.metadata["method"] != nil })
            #expect(lines.map { $0.metadata["user_id"] } == ["ann", nil])
            #expect(!server.logs.lines.contains { "\($0)".contains("secret-code") || "\($0)".contains("ITM-7-1") })
        }
    }

    @Test(
        "A line that is left out leaves nothing in the access log, but that of an answer of 500 and above is kept")
    func sampledLines() async throws {
        try await TestServer.with {
            $0.keepsAllRequestLines = false
            $0.probes = [HealthProbe(.database) { false }]
        } _: { server in
            let well = try await server.ask("GET", "/healthz", ["X-Request-Id: r1"])
            let ill = try await server.ask("GET", "/readyz", ["X-Request-Id: r2"])
            await server.logs.ended("r2")
            #expect(well.status == 200 && ill.status == 503)
            let lines = server.logs.lines.filter { $0.message == "request" }
            #expect(lines.map { $0.metadata["request_id"] } == ["r2"])
        }
    }

    @Test("Without an observer a request is answered, and neither counted nor logged")
    func unobserved() async throws {
        try await TestServer.with {
            $0.isObserving = false
        } _: { server in
            for _ in 1...3 {
                let answer = try await server.ask("POST", "/checkout?user_id=ann&id=ITM-7-1")
                #expect(answer.status == 200)
            }
            #expect(server.instruments.http.connectionsTotal.value == 0)
            #expect(server.instruments.http.requestsInFlight.value == 0)
            #expect(!server.logs.lines.contains { $0.message == "request" })
        }
    }

    @Test("An order and a sale leave a line for the audit, the order without its code")
    func auditLines() async throws {
        try await TestServer.with { server in
            let code = ScriptedStores.Script.code.description
            _ = try await server.ask("POST", "/purchase?code=\(code)")
            _ = try await server.ask("POST", "/purchase?code=\(code)", ["Idempotency-Key: again"])
            let admin = ["Authorization: Bearer \(TestServer.token)", "Content-Type: application/json"]
            _ = try await server.ask("POST", "/admin/sales", admin, body: #"{"total_items":3}"#)
            let lines = server.logs.lines.filter { $0.metadata["audit"] == "true" }
            #expect(lines.map(\.message) == ["purchase committed", "sale created"], "a replay commits nothing")
            #expect(lines.first?.metadata["checkout_ref"] == "\(ShortDigest(of: code))")
            #expect(lines.first?.metadata["items_count"]?.description == "1")
            #expect(!server.logs.lines.contains { "\($0)".contains(code) })
        }
    }

    @Test("A slow request is marked, so that the log keeps its line")
    func slow() async throws {
        try await TestServer.with {
            $0.limits.slowRequest = .zero
        } _: { server in
            _ = try await server.ask("GET", "/healthz", ["X-Request-Id: r1"])
            await server.logs.ended("r1")
            #expect(server.logs.lines.filter { $0.message == "request" }.map { $0.metadata["slow"] } == ["true"])
        }
    }

    @Test("Requests are counted under known routes alone")
    func metrics() async throws {
        try await TestServer.with { server in
            let requests = [
                ("POST", "/checkout?user_id=ann&id=ITM-7-1"), ("POST", "/checkout"),
                ("POST", "/checkout?user_id=ann&id=lamp"), ("GET", "/made/up/by/a/client"),
            ]
            for (number, request) in requests.enumerated() {
                _ = try await server.ask(request.0, request.1, ["X-Request-Id: r\(number)"])
                await server.logs.ended("r\(number)")
            }
            let http = server.instruments.http
            #expect(http.requestDurationSeconds.count(RequestLabels(.checkout, .post, .ok)) == 1)
            #expect(http.requestDurationSeconds.count(RequestLabels(.checkout, .post, .badRequest)) == 1)
            #expect(http.requestDurationSeconds.count(RequestLabels(.checkout, .post, .notFound)) == 1)
            #expect(http.requestDurationSeconds.count(RequestLabels(.unknown, .get, .notFound)) == 1)
            #expect(http.responseSizeBytes.count(.checkout) == 3)
            #expect(http.requestTimeToFirstByteSeconds.count(.checkout) == 3)
            #expect(http.requestSizeBytes.count(.post) == 3)
            #expect(http.requestsInFlight.value == 0)
            #expect(server.instruments.sale.checkoutAttemptsTotal.value == 3)
            #expect(server.instruments.sale.checkoutFailureTotal.value(.validation) == 1)
            #expect(server.instruments.sale.checkoutFailureTotal.value(.itemNotFound) == 1)
        }
    }
}

/// Waits until its caller gives up, like a store that has stopped.
func untilCancelled() async {
    let (silence, _) = AsyncStream<Void>.makeStream()
    for await _ in silence {}
}
