// Randomly damaged requests. Each must get some documented answer, and the server must work on.

import NIOHTTP1
import Telemetry
import Testing
import Textbook

@testable import FlashSaleHTTP

@Suite("A garbled request")
struct GarbledRequestTests {
    /// Proper requests to the routes that read most.
    private static let whole: [[UInt8]] = [
        "POST /checkout?user_id=ann&id=ITM-7-1 HTTP/1.1\r\nHost: test\r\nIdempotency-Key: \"a\"\r\n\r\n",
        "POST /checkout HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: 32\r\n\r\n"
            + #"{"user_id":"ann","id":"ITM-7-1"}"#,
        "POST /checkout HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "7;a=b\r\n{\"id\":\"\r\n9\r\nITM-7-1\"}\r\n0\r\nTrailer: x\r\n\r\n",
        "POST /purchase?code=\(ScriptedStores.Script.code) HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\n\r\n",
        "GET /sales/7/items?limit=2&cursor=i5 HTTP/1.1\r\nHost: test\r\nIf-None-Match: \"a\", W/\"b\"\r\n\r\n",
        "POST /admin/sales HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer \(TestServer.token)\r\n"
            + "Content-Type: application/json\r\nContent-Length: 17\r\n\r\n{\"total_items\":1}",
        "GET /readyz?verbose HTTP/1.0\r\nX-Request-Id: a\r\nConnection: keep-alive\r\n\r\n",
    ].map { Array($0.utf8) }

    private static let splinters: [[UInt8]] =
        [
            "\r\n", "\n", "\r", " ", "\t", "%00", "%", "?", "&", "=", "/", "..", "\"", "{", "[", "\\ud800", "1e999",
            "-1",
            "99999999999999999999", ":", ";", ",", "Host: b\r\n", "Content-Length: 3\r\n",
            "Transfer-Encoding: chunked\r\n", String(repeating: "[", count: 100), String(repeating: "A", count: 9_000),
        ].map { Array($0.utf8) } + [[0x00], [0x7F], [0xC3, 0x28], [0xFF]]

    @Test("Any bytes get a documented answer, and the next client is served", arguments: 1...3)
    func garbled(seed: Int) async throws {
        try await TestServer.with {
            // The rest of a cut request never comes.
            $0.limits.headTimeout = .milliseconds(100)
            $0.limits.requestTimeout = .milliseconds(100)
        } _: { server in
            var random = SplitMix64(seed: UInt64(seed))
            var answered = 0
            for number in 0..<150 {
                let request = Self.request(&random)
                // If the server has closed, a reset may come instead of an answer.
                guard let answer = try? await Self.answer(to: request, port: server.ports.api) else { continue }
                answered += 1
                #expect(Self.isDocumented(answer), "request \(number): \(answer.status) \(answer.text)")
            }
            #expect(answered > 100)
            let text = "POST /checkout?user_id=bob&id=ITM-7-1"
            let next = try await server.send("\(text) HTTP/1.1\r\nHost: test\r\n\r\n")
            #expect(next.status == 200)
        }
    }

    /// The last answer that is not a 100; nil if the server closes without one.
    private static func answer(to request: [UInt8], port: Int) async throws -> RawAnswer? {
        try await RawConnection.with(port: port) { connection in
            try await connection.send(bytes: request)
            let first = try await connection.answer()
            return first?.status == 100 ? try await connection.answer() : first
        }
    }

    private static func isDocumented(_ answer: RawAnswer) -> Bool {
        guard answer["X-Request-Id"] != nil else { return false }
        guard answer.status >= 400 else { return [200, 201, 304].contains(answer.status) }
        guard answer["Content-Type"] == "application/problem+json",
            let problem = try? JSONValue(parsing: answer.body, depth: 8), case .string(let code)? = problem["code"]
        else { return false }
        return code == Problem.codeOfUnknownPath && answer.status == 404
            || Reason(rawValue: code).map { Int($0.wording.status.code) == answer.status && $0 != .internal } == true
    }

    private static func request(_ random: inout SplitMix64) -> [UInt8] {
        var bytes = whole[Int.random(in: whole.indices, using: &random)]
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let place = Int.random(in: 0...bytes.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes.insert(contentsOf: splinters[Int.random(in: splinters.indices, using: &random)], at: place)
            case 1: bytes.removeSubrange(place..<min(place + Int.random(in: 1...8, using: &random), bytes.count))
            case 2 where place < bytes.count: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
            default: bytes.insert(contentsOf: bytes[place...].prefix(100), at: place)
            }
        }
        return bytes
    }
}
