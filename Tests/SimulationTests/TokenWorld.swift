// Tokens of any making, against keys that rotate. Whoever is proven must be proven by a key that stands, for this
// service, now.

import Textbook
import Tokens

/// Buyers with good tokens, and strangers with every other kind. A step is one token.
struct TokenWorld: World {
    /// How a token is bent; `nil` in a step for a good one.
    private enum Bend: CaseIterable {
        case unknownKey, oldKey, anothersSignature, publishedAsSecret, noAlgorithm
        case issuer, audience, expired, endless, early, claim
    }

    private static let secret = Array("the-secret-that-shop-and-sale-share".utf8)
    private static let strange = Array("a-secret-of-somebody-else-entirely!".utf8)
    /// Any point will do: nobody signs with it. It is published, so strangers know it.
    private static let point = [UInt8](repeating: 7, count: 32)
    private static let rules = TokenRules(issuer: "shop", audience: "sale", claims: ["phone_verified": "true"])

    private let flaw: Flaw?
    private var now = 1_800_000_000
    /// The key that signs now, and those before it.
    private var generation = 0
    private var verifier: TokenVerifier
    /// The verifiers that a service without the guard would ask, too.
    private var lenient: [TokenVerifier] = []

    init(_ generator: inout SplitMix64, flaw: Flaw?) {
        self.flaw = flaw
        verifier = Self.verifier(0)
        rotate()
    }

    mutating func step(_ generator: inout SplitMix64) throws {
        now += Int.random(in: 0..<60, using: &generator)
        if Int.random(in: 0..<50, using: &generator) == 0 {
            generation += 1
            rotate()
        }
        let bend = Bool.random(using: &generator) ? nil : Bend.allCases.randomElement(using: &generator)
        let token = Substring(token(bent: bend, isNamed: Bool.random(using: &generator)))
        let isProven = ([verifier] + lenient).contains { proves(token, by: $0) }
        try require(
            isProven == (bend == nil), bend.map { "a token proves somebody: \($0)" } ?? "a good token is refused")
        // What was remembered says the same.
        try require(verifier.remembered(token, at: now) == nil || bend == nil, "a bent token is remembered")
    }

    mutating func finish(_ generator: inout SplitMix64) {}

    private func proves(_ token: Substring, by verifier: TokenVerifier) -> Bool {
        // A service that knows no time takes every token for one of its own time.
        let times = flaw == .knowsNoTime ? [now, now - 7_200, now + 7_200] : [now]
        return times.contains { time in
            if case .bearer = verifier.verify(token, at: time) { true } else { false }
        }
    }

    /// The next key is published, and the one before it is not any more.
    private mutating func rotate() {
        if flaw == .keepsOldKeys { lenient.append(verifier) }
        verifier = Self.verifier(generation)
        switch flaw {
        case .anyKeyIsShared: lenient = [Self.verifier(generation, more: [Self.key("nobody", Self.secret)])]
        case .tokenNamesAlgorithm: lenient = [Self.verifier(generation, asSecret: true)]
        case .anyAudience:
            lenient = [
                Self.verifier(generation, TokenRules(issuer: "shop", audience: "other", claims: Self.rules.claims))
            ]
        case .anyClaims: lenient = [Self.verifier(generation, TokenRules(issuer: "shop", audience: "sale"))]
        default: break
        }
    }

    // MARK: Keys

    private static func secret(of generation: Int) -> [UInt8] {
        let digits = String(generation)
        return Array("key-\(digits)-".utf8) + [UInt8](repeating: 0x6B, count: 40 - digits.utf8.count)
    }

    private static func key(_ id: String, _ secret: [UInt8]) -> String {
        #"{"kid":"\#(id)","kty":"oct","alg":"HS256","k":"\#(Base64URL.encode(secret))"}"#
    }

    private static func verifier(
        _ generation: Int, _ rules: TokenRules = rules, more: [String] = [], asSecret: Bool = false
    ) -> TokenVerifier {
        let published =
            asSecret
            ? key("published", point)
            : #"{"kid":"published","kty":"OKP","crv":"Ed25519","alg":"EdDSA","x":"\#(Base64URL.encode(point))"}"#
        let keys = [key("key-\(generation)", secret(of: generation)), published] + more
        let set = #"{"keys":[\#(keys.joined(separator: ","))]}"#
        guard
            let keys = try? TokenKeys(
                jwks: Array(set.utf8), secret: Secret(String(decoding: secret, as: UTF8.self)))
        else { preconditionFailure("the keys are sound") }
        return TokenVerifier(keys: keys, rules: rules)
    }

    // MARK: Tokens

    /// - Parameter isNamed: whether a good token names its key, or is signed with the shared secret.
    private func token(bent bend: Bend?, isNamed: Bool) -> String {
        var head = #"{"alg":"HS256"}"#
        var secret = Self.secret
        if isNamed {
            head = #"{"alg":"HS256","kid":"key-\#(generation)"}"#
            secret = Self.secret(of: generation)
        }
        var (issuer, audience, end, start, claim) = ("shop", "sale", now + 3_600, now, "true")
        switch bend {
        case .unknownKey: (head, secret) = (#"{"alg":"HS256","kid":"nobody"}"#, Self.secret)
        case .oldKey:
            head = #"{"alg":"HS256","kid":"key-\#(generation - 1)"}"#
            secret = Self.secret(of: generation - 1)
        case .anothersSignature: secret = Self.strange
        case .publishedAsSecret: (head, secret) = (#"{"alg":"HS256","kid":"published"}"#, Self.point)
        case .noAlgorithm: head = #"{"alg":"none"}"#
        case .issuer: issuer = "other"
        case .audience: audience = "other"
        case .expired: end = now - 61
        case .endless: end = now + 86_400 + 61
        case .early: start = now + 61
        case .claim: claim = "false"
        case nil: break
        }
        let claims =
            #"{"iss":"\#(issuer)","aud":"\#(audience)","sub":"ann","exp":\#(end),"nbf":\#(start),"#
            + #""phone_verified":\#(claim)}"#
        let text = [head, claims].map { Base64URL.encode(Array($0.utf8)) }.joined(separator: ".")
        let signature = bend == .noAlgorithm ? [] : SHA2Key(secret).authenticate(Array(text.utf8))
        return text + "." + Base64URL.encode(signature)
    }
}
