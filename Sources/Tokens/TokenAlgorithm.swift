// The algorithms that sign tokens (RFC 7518, RFC 8037).

/// An algorithm by its name in a key's and in a token's `alg`.
public enum TokenAlgorithm: String, CaseIterable, Sendable {
    case edDSA = "EdDSA"
    case es256 = "ES256"
    case rs256 = "RS256"
    case hs256 = "HS256"

    /// The type of its keys, in JWK's `kty`.
    var keyType: String {
        switch self {
        case .edDSA: "OKP"
        case .es256: "EC"
        case .rs256: "RSA"
        case .hs256: "oct"
        }
    }
}
