// The algorithms that sign tokens (RFC 7518, RFC 8037, RFC 9864).

internal import Textbook

/// An algorithm by its name in a key's and in a token's `alg`.
public enum TokenAlgorithm: String, CaseIterable, Sendable {
    case edDSA = "EdDSA"
    case es256 = "ES256"
    case rs256 = "RS256"
    case hs256 = "HS256"

    /// The algorithm of a name. RFC 9864 puts `Ed25519` in the place of `EdDSA`, which two curves share; the one that
    /// there is here has both names.
    init?(named name: String) {
        self.init(rawValue: name == "Ed25519" ? Self.edDSA.rawValue : name)
    }

    /// The algorithm of a key; nil if it is of another. A curve leaves one choice, so a key of one may lack `alg`; an
    /// RSA key must not (RFC 8725, section 3.1).
    init?(of jwk: JSONValue) {
        switch (jwk["alg"]?.string, jwk["crv"]?.string) {
        // The other curve of `EdDSA` (RFC 8037).
        case ("EdDSA", "Ed448"): return nil
        case (let name?, _): self.init(named: name)
        case (nil, "Ed25519"): self = .edDSA
        case (nil, "P-256"): self = .es256
        default: return nil
        }
    }

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
