// Sends messages to a receiver, one at a time.

internal import FlashSale
internal import PlainHTTP
internal import Textbook

/// How a receiver has answered.
public enum WebhookAnswer: Hashable, Sendable {
    /// 2xx: it has the message.
    case taken
    /// 410: it wants no message any more.
    case gone
    /// Any other answer: it does not have the message. A redirection is not followed, for the next address has not been
    /// trusted by anybody. It may have said when to come again.
    case refused(status: Int, retryAfter: Duration?)
    /// None that came in time and can be read, and why in a few words. It may have the message.
    case noAnswer(String)
}

/// A receiver over HTTP/1.1, on a new connection for each message.
public struct WebhookReceiver: Sendable {
    /// The most bytes of an answer's head. What follows it is not read.
    private static let headBytesMax = 16_384
    /// The longest wait that a receiver can ask for.
    private static let retryAfterMax: Int64 = 3_600

    private let exchange: HTTPExchange
    private let target: String
    private let signer: WebhookSigner

    /// - Parameter timeout: of the connection and its TLS, and again of the answer.
    /// - Throws: a sentence, if this machine's certificates cannot be used.
    public init(_ address: WebhookAddress, signer: WebhookSigner, timeout: Duration) throws {
        exchange = try HTTPExchange(with: address.url, timeout: timeout, bytesMax: Self.headBytesMax)
        target = address.target
        self.signer = signer
    }

    /// Sends a message.
    ///
    /// - Parameter seconds: the time since 1970, which the signature covers.
    public func post(_ message: WebhookMessage, at seconds: Int64) async -> WebhookAnswer {
        let fields = [
            ("Content-Type", "application/json"), ("User-Agent", "flashsale"), ("webhook-id", message.id),
            ("webhook-timestamp", String(seconds)),
            ("webhook-signature", signer.signature(of: message, at: seconds)),
        ]
        let answer: HTTPExchange.Answer
        do {
            answer = try await exchange.send(message.body, by: "POST", to: target, fields: fields)
        } catch {
            return .noAnswer("\(error)")
        }
        switch answer.status {
        case 200..<300: return .taken
        case 410: return .gone
        default:
            let wait = answer.field("retry-after").flatMap { RetryAfter.seconds($0, now: seconds) }
            return .refused(status: answer.status, retryAfter: wait.map { .seconds(min($0, Self.retryAfterMax)) })
        }
    }
}
