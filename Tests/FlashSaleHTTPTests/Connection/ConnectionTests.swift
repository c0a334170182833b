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
            // More than an integer has.
            checkout + "Expect: 100-continue\r\nContent-Length: 9223372036854775808\r\n\r\n",
            checkout + "Transfer-Encoding: chunked\r\n\r\n1;" + String(repeating: "x", count: 300_000),
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
            checkout + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
            checkout + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
            checkout + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
            checkout + "Transfer-Encoding: Chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            checkout + "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
            checkout + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
            checkout + "Transfer-Encoding: identity\r\n\r\n", checkout + "Transfer-Encoding: gzip\r\n\r\n",
            checkout + "Transfer-Encoding:\r\n\r\n", checkout + "Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n",
            checkout + "Transfer-Encoding: identity\r\nContent-Length: 0\r\n\r\n",
            checkout.replacing("/1.1", with: "/1.0") + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "GET /healthz HTTP/1.1\r\n\r\n", "GET /healthz HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n",
            checkout + "Host: test\r\n\r\n", "GET /healthz HTTP/1.1\r\nHost: a b\r\n\r\n",
            "GET /healthz HTTP/1.1\r\nHost: a/b\r\n\r\n", "GET /healthz HTTP/1.1\r\nHost: u@a\r\n\r\n",
            "GET /healthz HTTP/1.1\r\nHost: \u{fc}\r\n\r\n", "GET /healthz HTTP/1.1\r\nHost: a:b\r\n\r\n",
            "GET /healthz HTTP/1.1\r\nHost: :80\r\n\r\n", "GET http:///healthz HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET http://u:p@a/healthz HTTP/1.1\r\nHost: a\r\n\r\n", "GET\t/healthz HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /healthz HTTP/1.1\t\r\nHost: a\r\n\r\n", "GET /healthz HTTP/1.1\r\nHost\t: a\r\n\r\n",
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
        "A body with a transfer coding besides chunks is not read",
        arguments: [
            "Transfer-Encoding: gzip, chunked\r\n", "transfer-encoding: identity,chunked\r\n",
            "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: xchunked, chunked\r\n",
            "Expect: 100-continue\r\nTransfer-Encoding: br , chunked\r\n",
        ])
    func transferCoding(fields: String) async throws {
        try await TestServer.with { server in
            try await RawConnection.with(port: server.ports.api) { connection in
                try await connection.send(Self.checkout + fields + "\r\n0\r\n\r\n")
                let answer = try await connection.answer()
                #expect(answer?.status == 501)
                #expect(answer?.text.contains(#""code":"unsupported_transfer_coding""#) == true)
                #expect(answer?["Connection"] == "close")
                #expect(try await connection.isClosedByServer())
            }
            #expect(server.instruments.http.requestsRejectedTotal.value(.badRequest) == 1)
            #expect(server.instruments.sale.checkoutAttemptsTotal.value == 0)
        }
    }

    @Test(
        "Chunks are taken however their coding is written",
        arguments: ["Chunked", ", chunked", "chunked ", "chunked\t", "\tchunked \t "])
    func chunked(coding: String) async throws {
        try await TestServer.with { server in
            try await RawConnection.with(port: server.ports.api) { connection in
                try await connection.send(Self.checkout + "Transfer-Encoding: \(coding)\r\n\r\n0\r\n\r\n")
                let answer = try await connection.answer()
                #expect(answer?.status == 200 && answer?["Connection"] != "close")
            }
        }
    }

    @Test("Tabs end no length and no offer, and those of a body are its own")
    func tabs() async throws {
        try await TestServer.with { server in
            try await RawConnection.with(port: server.ports.api) { connection in
                let body = "{\"user_id\":\t\r\n\"ann\",\"id\":\"ITM-7-1\"}\t\r\n"
                try await connection.send(
                    "POST /checkout HTTP/1.1\r\nHost: test\t\r\nContent-Type: application/json\t\r\n"
                        + "Content-Length: \(body.utf8.count)\t\r\n\r\n" + body)
                #expect(try await connection.answer()?.status == 200)
                // A parser that met no offer goes on with the next head, wherever it is cut.
                let probe = "GET /healthz HTTP/1.1\r\nHost: test\r\n"
                try await connection.send(probe + "Connection: upgrade\t\r\nUpgrade: h2c\r\n\r\n" + probe.dropLast(9))
                #expect(try await connection.answer()?.status == 200)
                try await connection.send(probe.suffix(9) + "\r\n")
                #expect(try await connection.answer()?.status == 200)
            }
        }
    }

    @Test(
        "Every form of a host is taken",
        arguments: ["", "test", " a_b.example:80 ", "10.0.0.7:8080", "[fd00::7]:9464", "xn--bcher-kva.example"])
    func host(host: String) async throws {
        try await TestServer.with { server in
            try await RawConnection.with(port: server.ports.api) { connection in
                try await connection.send("GET /healthz HTTP/1.1\r\nHost: \(host)\r\n\r\n")
                #expect(try await connection.answer()?.status == 200)
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
}
