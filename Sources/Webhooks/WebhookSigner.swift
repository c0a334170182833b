// Signs messages as Standard Webhooks says (standardwebhooks.com, symmetric signatures).

public import Textbook
internal import Tokens

/// The secrets of a receiver, each in use until the receiver has moved on to the next one.
public struct WebhookSigner: Sendable, CustomStringConvertible {
    /// What a secret must have, by the standard.
    public static let secretBytes = 24...64
    private static let prefix = "whsec_"

    private let keys: [SHA2Key]

    /// - Parameter secrets: `whsec_` and base64 of 24 to 64 bytes; several with spaces between them.
    /// - Returns: nil if one of them is of another form.
    public init?(_ secrets: Secret) {
        var keys: [SHA2Key] = []
        for text in secrets.revealed.split(separator: " ") {
            guard text.hasPrefix(Self.prefix), let bytes = Base64.decode(text.dropFirst(Self.prefix.count)),
                Self.secretBytes.contains(bytes.count)
            else { return nil }
            keys.append(SHA2Key(bytes))
        }
        guard !keys.isEmpty else { return nil }
        self.keys = keys
    }

    /// The value of `webhook-signature`: a signature by each secret.
    ///
    /// - Parameter seconds: when the message is sent, since 1970. A receiver refuses one that is long ago, so that
    ///   nobody can replay what was heard.
    public func signature(of message: WebhookMessage, at seconds: Int64) -> String {
        let signed = Array("\(message.id).\(seconds).".utf8) + message.body
        return keys.map { "v1,\(Base64.encode($0.authenticate(signed)))" }.joined(separator: " ")
    }

    public var description: String { "[REDACTED]" }
}
