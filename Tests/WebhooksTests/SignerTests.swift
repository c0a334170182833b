// Signatures, as programs of others compute them, and the secrets that make them.

import FlashSale
import Telemetry
import Testing
import Textbook
import Tokens

@testable import Webhooks

@Suite("Signatures of webhooks") struct SignerTests {
    /// The example of the standard's libraries, which Python's hmac confirms.
    private static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    private static let message = WebhookMessage(
        id: "msg_p5jXN8AQM9LWM0D4loKWxJek", body: Array(#"{"test": 2432232314}"#.utf8))

    @Test("A signature is the one of the standard's example")
    func example() throws {
        let signer = try #require(WebhookSigner(Secret(Self.secret)))
        #expect(
            signer.signature(of: Self.message, at: 1_614_265_330)
                == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test("A signature covers the id, the time and the body")
    func covers() throws {
        let signer = try #require(WebhookSigner(Secret(Self.secret)))
        let other = WebhookMessage(id: "msg_x", body: Self.message.body)
        let another = WebhookMessage(id: Self.message.id, body: Self.message.body + [0x20])
        let signatures = [
            signer.signature(of: Self.message, at: 1), signer.signature(of: Self.message, at: 2),
            signer.signature(of: other, at: 1), signer.signature(of: another, at: 1),
        ]
        #expect(Set(signatures).count == 4)
    }

    @Test("Each of several secrets signs")
    func rotation() throws {
        let new = "whsec_" + Base64.encode(Array(repeating: 7, count: 24))
        let both = try #require(WebhookSigner(Secret("\(Self.secret) \(new)")))
        let alone = try [Self.secret, new].map { try #require(WebhookSigner(Secret($0))) }
        #expect(
            both.signature(of: Self.message, at: 9)
                == alone.map { $0.signature(of: Self.message, at: 9) }.joined(separator: " "))
        #expect("\(both)" == "[REDACTED]")
    }

    @Test(
        "A secret of another form is none",
        arguments: [
            "", " ", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_", "whsec_plJ3nmyCDGBKInavdOK15jsl",
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS-",
            "whsec_" + String(repeating: "AAAA", count: 22), "\(secret) whsec_AAAA",
        ])
    func refused(text: String) {
        #expect(WebhookSigner(Secret(text)) == nil)
    }

    @Test(
        "An address is https, or http on this machine",
        arguments: [
            ("https://shop.example", "shop.example", 443, "/"),
            ("https://shop.example:8443/a?b=c", "shop.example", 8_443, "/a?b=c"),
            ("https://shop.example?b=c", "shop.example", 443, "/?b=c"), ("http://[::1]:80/x", "::1", 80, "/x"),
            ("http://127.0.0.1:9", "127.0.0.1", 9, "/"), ("http://localhost/", "localhost", 80, "/"),
        ])
    func addresses(text: String, host: String, port: Int, target: String) throws {
        let address = try #require(WebhookAddress(text))
        #expect(address.url.server == HostPort(host: host, port: port) && address.target == target)
        #expect(!"\(address)".contains("b=c"), "what follows the port may be a secret")
    }

    @Test(
        "An address of another form is none",
        arguments: [
            "http://shop.example/", "http://10.0.0.7/", "http://127.0.0.1.example/", "ftp://localhost/", "https://",
            "https://u:p@shop.example/", "https://shop.example:0/", "https://shop.example:99999/",
            "https://shop.example/a b", "https://shop.example/#x", "https://shop.example/\r\nX: y",
        ])
    func badAddresses(text: String) {
        #expect(WebhookAddress(text) == nil)
    }

    @Test("An event's message is the same each time, and its id names the ledger")
    func message() throws {
        let event = LedgerEvent(
            number: 12, type: .orderPlaced, happenedAt: Timestamp(microseconds: 1_800_000_000_123_456), data: "{}")
        let ledger = try #require(LedgerID("0123456789abcdef"))
        let message = event.message(of: ledger)
        #expect(message == event.message(of: ledger))
        #expect(message.id == "evt_0123456789abcdef_12")
        #expect(
            String(decoding: message.body, as: UTF8.self)
                == #"{"type":"order.placed","timestamp":"2027-01-15T08:00:00.123Z","data":{}}"#)
    }
}
