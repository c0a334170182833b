// Receivers of every manner, over real sockets.

import Testing
import Textbook

@testable import Webhooks

@Suite("Receivers of webhooks") struct ReceiverTests {
    private static let message = WebhookMessage(id: "evt_1", body: Array(#"{"type":"x"}"#.utf8))

    private static func receiver(_ port: Int, within timeout: Duration = .seconds(10)) throws -> WebhookReceiver {
        let address = try #require(WebhookAddress("http://127.0.0.1:\(port)/hooks?a=b"))
        let signer = try #require(WebhookSigner(Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")))
        return try WebhookReceiver(address, signer: signer, timeout: timeout)
    }

    @Test("A message is a POST with the fields of the standard")
    func fields() async throws {
        try await ScriptedReceiver.with(.answers(ScriptedReceiver.ok)) { server, port in
            #expect(try await Self.receiver(port).post(Self.message, at: 1_614_265_330) == .taken)
            let request = try #require(server.received.first)
            #expect(request.hasPrefix("POST /hooks?a=b HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n"))
            for field in ["webhook-id: evt_1", "webhook-timestamp: 1614265330", "Content-Type: application/json"] {
                #expect(request.contains("\r\n\(field)\r\n"))
            }
            #expect(request.contains("\r\nwebhook-signature: v1,"))
            #expect(request.hasSuffix("\r\n\r\n{\"type\":\"x\"}"))
        }
    }

    @Test(
        "A status says what has become of the message",
        arguments: [
            ("200 OK", .taken), ("202 Accepted", .taken), ("299 X", .taken), ("410 Gone", .gone),
            ("301 Moved Permanently\r\nLocation: http://127.0.0.1:1/", .refused(status: 301, retryAfter: nil)),
            ("400 Bad Request", .refused(status: 400, retryAfter: nil)),
            ("500 Internal Server Error", .refused(status: 500, retryAfter: nil)),
            ("503 X\r\nretry-after: 7", .refused(status: 503, retryAfter: .seconds(7))),
            ("429 X\r\nRetry-After: soon", .refused(status: 429, retryAfter: nil)),
            ("429 X\r\nRetry-After: 999999999", .refused(status: 429, retryAfter: .seconds(3_600))),
            ("429 X\r\nRetry-After: -5", .refused(status: 429, retryAfter: nil)),
            ("429 X\r\nRetry-After: Thu, 01 Jan 1970 00:01:40 GMT", .refused(status: 429, retryAfter: .seconds(90))),
            ("100 Continue\r\n\r\nHTTP/1.1 200 OK", .taken),
        ] as [(String, WebhookAnswer)])
    func statuses(head: String, answer: WebhookAnswer) async throws {
        try await ScriptedReceiver.with(.answers("HTTP/1.1 \(head)\r\n\r\nbody")) { _, port in
            let given = try await Self.receiver(port).post(Self.message, at: 10)
            #expect(given == answer)
        }
    }

    @Test("An answer that comes before the message was read counts too")
    func atOnce() async throws {
        try await ScriptedReceiver.with(.answersAtOnce(ScriptedReceiver.ok)) { _, port in
            let answer = try await Self.receiver(port).post(Self.message, at: 1)
            // It closes with bytes unread, so its machine may take the answer back.
            if answer != .taken { Self.expectNone(answer) }
        }
    }

    @Test(
        "What is no answer in time is none",
        arguments: [
            .hangs, .drips, .breaksOff(""), .breaksOff("HTTP/1.1 200 OK\r\nA: "), .answers("garbage\r\n\r\n"),
            .answers("HTTP/1.1 99999 X\r\n\r\n"), .answers(String(repeating: "x", count: 20_000)),
        ] as [ScriptedReceiver.Manner])
    func none(manner: ScriptedReceiver.Manner) async throws {
        try await ScriptedReceiver.with(manner) { _, port in
            let start = ContinuousClock.now
            let receiver = try Self.receiver(port, within: .milliseconds(300))
            Self.expectNone(await receiver.post(Self.message, at: 1))
            #expect(start.duration(to: .now) < .seconds(5))
        }
    }

    @Test("Nobody at the port is no answer, and it is said why")
    func dead() async throws {
        var port = 0
        try await ScriptedReceiver.with(.hangs) { port = $1 }
        #expect(try await Self.receiver(port).post(Self.message, at: 1) == .noAnswer("Connection refused"))
    }

    @Test("A question is broken off with its task")
    func cancelled() async throws {
        try await ScriptedReceiver.with(.hangs) { _, port in
            let receiver = try Self.receiver(port, within: .seconds(60))
            let start = ContinuousClock.now
            let asking = Task { await receiver.post(Self.message, at: 1) }
            asking.cancel()
            Self.expectNone(await asking.value)
            #expect(start.duration(to: .now) < .seconds(10))
        }
    }

    private static func expectNone(_ answer: WebhookAnswer) {
        guard case .noAnswer(let why) = answer else {
            Issue.record("\(answer)")
            return
        }
        #expect(!why.isEmpty)
    }
}
