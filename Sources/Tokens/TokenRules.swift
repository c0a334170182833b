// What a token must say besides being signed (RFC 7519, RFC 8725).

internal import Textbook

/// Whose tokens count, and for whom they must be.
public struct TokenRules: Sendable {
    /// How far the issuer's clock and ours may differ, in seconds.
    static let leeway = 60
    /// The longest time until a token expires, in seconds: a token cannot be called back.
    static let lifetimeMax = 86_400

    /// The `iss` of every token, exactly.
    public var issuer: String
    /// The `aud` of every token, or one of them.
    public var audience: String
    /// Claims that must hold, such as that a phone number is verified: a name, and its value as JSON writes it.
    public var claims: [String: String]

    public init(issuer: String, audience: String, claims: [String: String] = [:]) {
        self.issuer = issuer
        self.audience = audience
        self.claims = claims
    }

    /// Who the claims speak of, and until when; or why they do not count.
    func bearer(_ claims: JSONValue, at now: Int) -> TokenResult {
        guard let end = claims["exp"]?.number.map({ Int(clamping: Int64($0.clamped)) }) else {
            return .refused(.lifetime)
        }
        guard end + Self.leeway > now else { return .refused(.expired) }
        guard end <= now + Self.lifetimeMax + Self.leeway else { return .refused(.lifetime) }
        for start in ["nbf", "iat"] {
            guard let time = claims[start] else { continue }
            guard let time = time.number, time <= Double(now + Self.leeway) else { return .refused(.future) }
        }
        guard claims["iss"]?.string == issuer else { return .refused(.issuer) }
        let audiences = claims["aud"]?.array ?? claims["aud"].map { [$0] } ?? []
        guard audiences.contains(.string(audience)) else { return .refused(.audience) }
        guard self.claims.allSatisfy({ claims[$0.key]?.claimText == $0.value }) else { return .refused(.claims) }
        guard let subject = claims["sub"]?.string, !subject.isEmpty else { return .refused(.subject) }
        let scopes = (claims["scope"]?.string ?? "").split(separator: " ").compactMap {
            TokenScope(rawValue: String($0))
        }
        return .bearer(TokenBearer(issuer: issuer, subject: subject, scopes: Set(scopes), end: end))
    }
}

extension Double {
    /// Within what an integer has, however large.
    fileprivate var clamped: Double { isNaN ? 0 : Swift.min(Swift.max(self, -1e15), 1e15) }
}

extension JSONValue {
    /// A claim as a setting writes it; nil for lists, objects and null.
    fileprivate var claimText: String? {
        switch self {
        case .string(let text): text
        case .integer(let number): String(number)
        case .bool(let bool): String(bool)
        case .number, .object, .array, .null: nil
        }
    }
}

/// What an operator may do. A greater scope allows what a lesser one does.
public enum TokenScope: String, CaseIterable, Comparable, Sendable {
    /// See sales, and change nothing.
    case look
    /// Look, and steer a sale.
    case operate
    /// Everything.
    case admin

    public static func < (left: TokenScope, right: TokenScope) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .look: 0
        case .operate: 1
        case .admin: 2
        }
    }
}

/// The one that a token proves.
public struct TokenBearer: Hashable, Sendable {
    /// The subject if it is a well-formed identifier of a buyer; otherwise a digest of issuer and subject that is one.
    public let name: String
    public let scopes: Set<TokenScope>
    /// When the token expires, in seconds since 1970.
    public let end: Int

    /// Names of this form are digests, and no subject is taken for one.
    private static let digestPrefix = "u."
    /// The longest identifier of a buyer, in bytes.
    private static let lengthMax = 64

    init(issuer: String, subject: String, scopes: Set<TokenScope>, end: Int) {
        if subject.isIdentifier(lengthMax: Self.lengthMax), !subject.hasPrefix(Self.digestPrefix) {
            name = subject
        } else {
            // No issuer has a zero byte, so two pairs never read alike.
            let digest = SHA2.digest(Array(issuer.utf8) + [0] + Array(subject.utf8))
            let (high, low) = digest.withUnsafeBytes {
                ($0.loadUnaligned(as: UInt64.self), $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            }
            name = Self.digestPrefix + String(hexadecimal: high.bigEndian, low.bigEndian)
        }
        self.scopes = scopes
        self.end = end
    }

    /// Whether it may do what the scope allows.
    public func may(_ scope: TokenScope) -> Bool { scopes.contains { $0 >= scope } }
}

/// Whether a token proves somebody.
public enum TokenResult: Hashable, Sendable {
    case bearer(TokenBearer)
    case refused(TokenFault)
}

/// Why a token proves nobody. Clients hear the same of all of them.
public enum TokenFault: String, Hashable, Sendable, CaseIterable {
    case malformed, key, algorithm, signature, expired, future, lifetime, issuer, audience, claims, subject
}
