// Signs tokens, for shops without an identity provider and for development.

public import Textbook

/// Signs tokens with one key.
public struct TokenSigner: Sendable {
    private enum Key: Sendable {
        case secret(SHA2Key)
        case own(OpenSSLKey, TokenAlgorithm, id: String)
    }

    private let key: Key

    /// Signs with the shared secret.
    public init(secret: Secret) {
        key = .secret(SHA2Key(Array(secret.revealed.utf8)))
    }

    /// Signs with a private key in PEM: Ed25519, P-256 or RSA. Nil for anything else.
    ///
    /// - Parameter id: the `kid` that the verifiers know its public half by.
    public init?(pem: [UInt8], id: String) {
        guard let own = OpenSSLKey.fromPEM(pem), let algorithm = own.algorithm else { return nil }
        key = .own(own, algorithm, id: id)
    }

    /// A token with these claims.
    public func sign(_ claims: [String: JSONValue]) -> String {
        var head: [(String, String)] = [("typ", "JWT")]
        switch key {
        case .secret: head += [("alg", TokenAlgorithm.hs256.rawValue)]
        case .own(_, let algorithm, let id): head += [("alg", algorithm.rawValue), ("kid", id)]
        }
        let parts = [JSONValue.object(Dictionary(head.map { ($0.0, .string($0.1)) }) { $1 }), .object(claims)]
        let text = parts.map { Base64URL.encode(Array($0.compactText.utf8)) }.joined(separator: ".")
        return text + "." + Base64URL.encode(signature(of: Array(text.utf8)))
    }

    /// A token that lets a buyer or an operator in by the rules, from now on.
    ///
    /// - Parameters:
    ///   - now: in seconds since 1970.
    ///   - scope: what the bearer may do besides buying.
    public func token(
        of subject: String, by rules: TokenRules, at now: Int, seconds: Int, scope: String? = nil
    ) -> String {
        var claims: [String: JSONValue] = rules.claims.mapValues { value in
            value == "true" ? true : value == "false" ? false : .string(value)
        }
        claims["iss"] = .string(rules.issuer)
        claims["aud"] = .string(rules.audience)
        claims["sub"] = .string(subject)
        claims["iat"] = .integer(now)
        claims["exp"] = .integer(now + seconds)
        if let scope { claims["scope"] = .string(scope) }
        return sign(claims)
    }

    /// The public half as a JWK set with one key; nil of a secret, which has none.
    public var published: String? {
        guard case .own(let own, let algorithm, let id) = key else { return nil }
        let bytes = own.published
        var members: [String: JSONValue] = [
            "kty": .string(algorithm.keyType), "alg": .string(algorithm.rawValue), "kid": .string(id), "use": "sig",
        ]
        switch algorithm {
        case .edDSA:
            members["crv"] = "Ed25519"
            members["x"] = .string(Base64URL.encode(Array(bytes.suffix(32))))
        case .es256:
            members["crv"] = "P-256"
            members["x"] = .string(Base64URL.encode(Array(bytes.suffix(64).prefix(32))))
            members["y"] = .string(Base64URL.encode(Array(bytes.suffix(32))))
        case .rs256:
            // An RSA key of 2,048 bits or more has 24 bytes before it: two lengths, the algorithm, no unused bits.
            guard let numbers = DER.integers(ofSequence: Array(bytes.dropFirst(24))), numbers.count == 2 else {
                return nil
            }
            members["n"] = .string(Base64URL.encode(numbers[0]))
            members["e"] = .string(Base64URL.encode(numbers[1]))
        case .hs256: return nil
        }
        return JSONValue.object(["keys": .array([.object(members)])]).compactText
    }

    private func signature(of message: [UInt8]) -> [UInt8] {
        switch key {
        case .secret(let secret):
            return secret.authenticate(message)
        case .own(let own, let algorithm, _):
            guard let signature = own.sign(message) else { preconditionFailure("a private key signs") }
            guard algorithm == .es256, let numbers = DER.integers(ofSequence: signature) else { return signature }
            return numbers.flatMap { [UInt8](repeating: 0, count: 32 - $0.count) + $0 }
        }
    }
}
