// A key that checks tokens. The key says by which algorithm, never the token (RFC 8725, section 3.1).

public import Textbook

struct TokenKey: Sendable {
    private enum Material: Sendable {
        case secret(SHA2Key)
        case published(OpenSSLKey)
    }

    /// The shortest shared secret: as many bytes as its hash has (RFC 7518, section 3.2).
    static let secretBytesMin = 32
    /// The sizes of a modulus of RSA, in bytes: 2,048 to 8,192 bits.
    private static let modulusBytes = 256...1_024

    let algorithm: TokenAlgorithm
    private let material: Material

    private init(_ algorithm: TokenAlgorithm, _ material: Material) {
        self.algorithm = algorithm
        self.material = material
    }

    init(secret: [UInt8]) {
        self.init(.hs256, .secret(SHA2Key(secret)))
    }

    /// - Returns: nil if the members are not those of a key of this algorithm.
    init?(_ jwk: JSONValue, _ algorithm: TokenAlgorithm) {
        func bytes(_ member: String) -> [UInt8]? { jwk[member]?.string.flatMap { Base64URL.decode($0.utf8) } }
        guard jwk["kty"]?.string == algorithm.keyType else { return nil }
        let key: OpenSSLKey?
        switch algorithm {
        case .hs256:
            guard let secret = bytes("k"), secret.count >= Self.secretBytesMin else { return nil }
            self.init(secret: secret)
            return
        case .edDSA:
            guard jwk["crv"]?.string == "Ed25519", let point = bytes("x"), point.count == 32 else { return nil }
            key = .ed25519(point)
        case .es256:
            guard jwk["crv"]?.string == "P-256", let x = bytes("x"), let y = bytes("y"), x.count == 32, y.count == 32
            else { return nil }
            key = .p256(x: x, y: y)
        case .rs256:
            guard let modulus = bytes("n"), let exponent = bytes("e"), Self.modulusBytes.contains(modulus.count),
                modulus.first != 0, (1...8).contains(exponent.count)
            else { return nil }
            key = .rsa(modulus: modulus, exponent: exponent)
        }
        guard let key else { return nil }
        self.init(algorithm, .published(key))
    }

    func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        switch material {
        case .secret(let secret):
            return SHA2.areEqual(signature, secret.authenticate(message))
        case .published(let key):
            guard algorithm == .es256 else { return key.verifies(signature, of: message) }
            // JOSE writes the two numbers side by side, OpenSSL wants them in DER.
            guard signature.count == 64 else { return false }
            let numbers = DER.integer(signature.prefix(32)) + DER.integer(signature.suffix(32))
            return key.verifies(DER.element(DER.sequenceTag, numbers), of: message)
        }
    }
}

/// The keys of the issuers, by their `kid`. Two at once are a rotation.
public struct TokenKeys: Sendable {
    /// The most keys of a file.
    private static let countMax = 64

    private var named: [String: TokenKey] = [:]
    /// The shared secret: the key of tokens without a `kid`.
    private let shared: TokenKey?

    /// - Parameters:
    ///   - jwks: a JWK set (RFC 7517, section 5); nil for none.
    ///   - secret: the shared secret, of 32 bytes or more; nil for none.
    /// - Throws: what is wrong with the set, in one sentence. A set counts whole or not at all; but a key that is for
    ///   others, without a `kid` or of another algorithm, is passed over (RFC 7517, section 5): its tokens prove
    ///   nobody.
    public init(jwks: [UInt8]?, secret: Secret?) throws(TokenKeysProblem) {
        shared = secret.map { TokenKey(secret: Array($0.revealed.utf8)) }
        guard let jwks else { return }
        let set: JSONValue
        do throws(JSONFailure) {
            set = try JSONValue(ofFile: jwks, depth: 8)
        } catch {
            throw TokenKeysProblem("it is no JWK set: it \(error.why)")
        }
        guard let keys = set["keys"]?.array else {
            throw TokenKeysProblem("it is no JWK set: an object with a list of `keys`")
        }
        for key in keys.prefix(Self.countMax + 1) where key["use"]?.string ?? "sig" == "sig" {
            guard let id = key["kid"]?.string, !id.isEmpty, let algorithm = TokenAlgorithm(of: key) else { continue }
            guard let read = TokenKey(key, algorithm) else {
                throw TokenKeysProblem("the key \(id) is no key of \(algorithm.rawValue), or a weak one")
            }
            guard named.updateValue(read, forKey: id) == nil else {
                throw TokenKeysProblem("two keys have the `kid` \(id)")
            }
        }
        guard (1...Self.countMax).contains(named.count) else {
            let names = TokenAlgorithm.allCases.map(\.rawValue).joined(separator: ", ")
            throw TokenKeysProblem(
                "it must have 1 to \(Self.countMax) keys that sign, each with a `kid` and an `alg` of \(names)")
        }
    }

    subscript(id: String?) -> TokenKey? { id.map { named[$0] } ?? shared }
}

/// What is wrong with a set of keys, without any of its content but names.
public struct TokenKeysProblem: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
