// Checks tokens: JWTs in the compact form of JWS (RFC 7519, RFC 7515). Tokens that were checked are remembered, because
// a signature costs a hundred times what a hash costs.
//
// Trust rule: nothing of a token counts before its signature, except the name of the key. The key is found by that name
// alone, and says the algorithm; what the token says of it must agree. What is remembered is the hash of the whole
// token, with the keys and rules of this verifier: other keys are another verifier.

internal import Synchronization
internal import Textbook

/// Checks tokens by a set of keys and by rules.
public final class TokenVerifier: Sendable {
    /// The longest token that is looked at.
    public static let bytesMax = 8_192
    /// The most tokens that are remembered.
    private static let slots = 65_536
    private static let shardCount = 16

    /// What is remembered of a token. A later one may take its slot.
    private struct Entry {
        let digest: [UInt8]
        let bearer: TokenBearer
    }

    private final class Shard: Sendable {
        let entries = Mutex([Entry?](repeating: nil, count: TokenVerifier.slots / TokenVerifier.shardCount))
    }

    private let keys: TokenKeys
    private let rules: TokenRules
    /// Event loops seldom wait for the same shard.
    private let shards = (0..<TokenVerifier.shardCount).map { _ in Shard() }

    public init(keys: TokenKeys, rules: TokenRules) {
        self.keys = keys
        self.rules = rules
    }

    /// The bearer of a token that was checked before; nil for any other token.
    ///
    /// - Parameter now: seconds since 1970.
    public func remembered(_ token: Substring, at now: Int) -> TokenBearer? {
        guard token.utf8.count <= Self.bytesMax else { return nil }
        let digest = SHA2.digest(token)
        let (shard, slot) = place(of: digest)
        let entry = shard.entries.withLock { $0[slot] }
        guard let entry, entry.digest == digest, entry.bearer.end + TokenRules.leeway > now else { return nil }
        return entry.bearer
    }

    /// Checks a token.
    public func verify(_ token: Substring, at now: Int) -> TokenResult {
        guard token.utf8.count <= Self.bytesMax else { return .refused(.malformed) }
        let parts = token.utf8.split(separator: 0x2E, omittingEmptySubsequences: false)
        guard parts.count == 3, let head = Self.object(parts[0]), let signature = Base64URL.decode(parts[2]) else {
            return .refused(.malformed)
        }
        // An extension that must be understood, and is not.
        guard head["crit"] == nil, let algorithm = head["alg"]?.string else { return .refused(.malformed) }
        if let id = head["kid"], id.string == nil { return .refused(.malformed) }
        guard let key = keys[head["kid"]?.string] else { return .refused(.key) }
        guard TokenAlgorithm(named: algorithm) == key.algorithm else { return .refused(.algorithm) }
        let message = Array(token.utf8.prefix(parts[0].count + 1 + parts[1].count))
        guard key.verifies(signature, of: message) else { return .refused(.signature) }
        guard let claims = Self.object(parts[1]) else { return .refused(.malformed) }
        let result = rules.bearer(claims, at: now)
        if case .bearer(let bearer) = result {
            let digest = SHA2.digest(token)
            let (shard, slot) = place(of: digest)
            shard.entries.withLock { $0[slot] = Entry(digest: digest, bearer: bearer) }
        }
        return result
    }

    private func place(of digest: [UInt8]) -> (Shard, slot: Int) {
        let number = Int(digest[0]) << 8 | Int(digest[1])
        return (shards[number % Self.shardCount], number / Self.shardCount)
    }

    private static func object(_ part: Substring.UTF8View.SubSequence) -> JSONValue? {
        guard let bytes = Base64URL.decode(part), let value = try? JSONValue(parsing: bytes, depth: 8),
            case .object = value
        else { return nil }
        return value
    }
}
