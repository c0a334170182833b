// Who is signed in at the console: a signed text in a cookie. The service keeps nothing of it.

public import Textbook
public import Tokens

/// An operator that has shown a token, until a time.
public struct ConsoleSession: Hashable, Sendable {
    /// The longest session, in seconds.
    public static let secondsMax = 8 * 3_600

    /// As the logs of sales have it.
    public let name: String
    public let scope: TokenScope
    /// In seconds since 1970.
    public let end: Int

    /// - Parameter tokenEnd: when the token expires that was shown; nil for never.
    public init(name: String, scope: TokenScope, at now: Int, tokenEnd: Int?) {
        self.init(name: name, scope: scope, end: min(now + Self.secondsMax, tokenEnd ?? .max))
    }

    fileprivate init(name: String, scope: TokenScope, end: Int) {
        self.name = name
        self.scope = scope
        self.end = end
    }

    public func may(_ scope: TokenScope) -> Bool { self.scope >= scope }
}

/// Signs sessions and checks them.
public struct ConsoleKey: Sendable {
    private let key: SHA2Key

    /// - Parameter token: the admin token. Instances with the same one know each other's sessions, and a new one ends
    ///   them all. Nil makes a key that lives as long as this process.
    public init(token: Secret?) {
        let words = (0..<4).map { _ in "\(UInt64.random(in: .min ... .max))" }.joined(separator: ".")
        let seed = token?.revealed ?? words
        key = SHA2Key(SHA2Key(Array(seed.utf8)).authenticate(Array("flashsale console".utf8)))
    }

    /// The session as text: `end scope name` in base64url, a dot, and the HMAC-SHA256 of what is before it.
    public func sign(_ session: ConsoleSession) -> String {
        let text = Base64URL.encode(Array("\(session.end) \(session.scope.rawValue) \(session.name)".utf8))
        return "\(text).\(Base64URL.encode(key.authenticate(Array(text.utf8))))"
    }

    /// The session of a text; nil if nobody has signed it here, or if it has ended.
    ///
    /// - Parameter now: seconds since 1970.
    public func session(_ text: some StringProtocol, at now: Int) -> ConsoleSession? {
        let halves = text.split(separator: ".", omittingEmptySubsequences: false)
        guard halves.count == 2, let mac = Base64URL.decode(halves[1].utf8),
            SHA2.areEqual(mac, key.authenticate(Array(halves[0].utf8))),
            let bytes = Base64URL.decode(halves[0].utf8)
        else { return nil }
        let words = String(decoding: bytes, as: UTF8.self).split(separator: " ", maxSplits: 2)
        guard words.count == 3, let end = Int(words[0]), let scope = TokenScope(rawValue: String(words[1])), now < end
        else { return nil }
        return ConsoleSession(name: String(words[2]), scope: scope, end: end)
    }
}
