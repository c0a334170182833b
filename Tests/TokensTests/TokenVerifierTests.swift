// Tokens that prove somebody, and tokens that do not.

import Foundation
import Testing
import Textbook

@testable import Tokens

@Suite("Tokens")
struct TokenVerifierTests {
    private static let now = 1_800_000_000
    private static let secret = Secret("a-secret-of-the-tests-of-32-bytes!")
    private static let rules = TokenRules(issuer: "shop", audience: "sale", claims: ["phone_verified": "true"])
    private static let signers: [TokenSigner] =
        [TokenSigner(secret: secret)]
        + [("ed", PEM.ed25519), ("ec", PEM.p256), ("rsa", PEM.rsa)].compactMap { id, pem in
            TokenSigner(pem: Array(pem.utf8), id: id)
        }

    /// A set with the public keys of all signers.
    private static let jwks: JSONValue = {
        let keys = signers.compactMap(\.published).compactMap { text in
            try? JSONValue(parsing: text.utf8, depth: 8)["keys"]?.array?.first
        }
        return .object(["keys": .array(keys.compactMap(\.self))])
    }()

    private static func keys(_ set: JSONValue = jwks, secret: Secret? = secret) throws -> TokenKeys {
        try TokenKeys(jwks: Array(JSONEncoder().encode(set)), secret: secret)
    }

    private static func verifier() throws -> TokenVerifier { TokenVerifier(keys: try keys(), rules: rules) }

    private static func claims(_ change: (inout [String: JSONValue]) -> Void = { _ in }) -> [String: JSONValue] {
        var claims: [String: JSONValue] = [
            "iss": "shop", "aud": "sale", "sub": "ann", "iat": .integer(now), "exp": .integer(now + 3_600),
            "phone_verified": true,
        ]
        change(&claims)
        return claims
    }

    @Test("A token of each algorithm proves its subject, and is remembered until it expires", arguments: 0..<4)
    func proven(number: Int) throws {
        let verifier = try Self.verifier()
        let token = Self.signers[number].sign(Self.claims { $0["scope"] = "operate other" })[...]
        #expect(verifier.remembered(token, at: Self.now) == nil)
        guard case .bearer(let bearer) = verifier.verify(token, at: Self.now) else {
            Issue.record("\(verifier.verify(token, at: Self.now))")
            return
        }
        #expect(bearer.name == "ann" && bearer.may(.operate) && !bearer.may(.admin))
        #expect(verifier.remembered(token, at: Self.now + 3_600) == bearer)
        #expect(verifier.remembered(token, at: Self.now + 3_700) == nil)
        #expect(verifier.remembered(token + "A", at: Self.now) == nil)
    }

    @Test(
        "A claim that does not hold proves nobody",
        arguments: [
            ("exp", nil, .lifetime), ("exp", "soon", .lifetime), ("exp", .integer(now - 61), .expired),
            ("exp", .integer(now + 86_461), .lifetime), ("exp", .number(1e300), .lifetime),
            ("nbf", .integer(now + 61), .future), ("nbf", "never", .future), ("iat", .integer(now + 61), .future),
            ("iss", "other", .issuer), ("iss", nil, .issuer), ("iss", ["shop"], .issuer), ("aud", "other", .audience),
            ("aud", nil, .audience), ("aud", ["other"], .audience), ("phone_verified", false, .claims),
            ("phone_verified", nil, .claims), ("phone_verified", 1, .claims), ("sub", nil, .subject),
            ("sub", "", .subject), ("sub", 7, .subject),
        ] as [(String, JSONValue?, TokenFault)])
    func claim(name: String, value: JSONValue?, fault: TokenFault) throws {
        let token = Self.signers[0].sign(Self.claims { $0[name] = value })
        #expect(try Self.verifier().verify(token[...], at: Self.now) == .refused(fault))
    }

    @Test(
        "A claim may be within the leeway, or one of several",
        arguments: [
            ("exp", .integer(now - 59)), ("nbf", .integer(now + 59)), ("aud", ["other", "sale"]),
            ("exp", .integer(now + 86_459)), ("phone_verified", "true"), ("scope", 1),
        ] as [(String, JSONValue)])
    func claim(name: String, value: JSONValue) throws {
        let token = Self.signers[0].sign(Self.claims { $0[name] = value })
        guard case .bearer = try Self.verifier().verify(token[...], at: Self.now) else {
            Issue.record("\(try Self.verifier().verify(token[...], at: Self.now))")
            return
        }
    }

    @Test("A subject that is no identifier, or looks like a digest, becomes a digest of issuer and subject")
    func subjects() {
        func name(_ subject: String, _ issuer: String = "shop") -> String {
            TokenBearer(issuer: issuer, subject: subject, scopes: [], end: 0).name
        }
        #expect(name("ann@shop.example") == "ann@shop.example")
        let names = [
            name("auth0|5f7c"), name("auth0|5f7c", "other"), name("u.0123"), name(String(repeating: "a", count: 65)),
            name("größe"),
        ]
        #expect(Set(names).count == 5)
        #expect(names.allSatisfy { $0.hasPrefix("u.") && $0.utf8.count == 34 })
    }

    @Test("The key is found by its name, and names the algorithm")
    func confusion() throws {
        let verifier = try Self.verifier()
        func token(_ head: String, signedBy key: [UInt8]) -> Substring {
            let good = Self.signers[0].sign(Self.claims()).split(separator: ".")[1]
            let text = Base64URL.encode(Array(head.utf8)) + "." + good
            return (text + "." + Base64URL.encode(SHA2Key(key).authenticate(Array(text.utf8))))[...]
        }
        let secret = Array(Self.secret.revealed.utf8)
        func result(_ head: String, _ key: [UInt8]) -> TokenResult {
            verifier.verify(token(head, signedBy: key), at: Self.now)
        }
        guard case .bearer = result(#"{"alg":"HS256"}"#, secret) else { throw NotProven() }
        #expect(result(#"{"alg":"none"}"#, secret) == .refused(.algorithm))
        #expect(result(#"{"alg":"HS256","kid":"nobody"}"#, secret) == .refused(.key))
        #expect(result(#"{"alg":"HS256","kid":"rsa"}"#, Array(PEM.rsa.utf8)) == .refused(.algorithm))
        #expect(result(#"{"alg":"RS256","kid":"rsa"}"#, secret) == .refused(.signature))
        #expect(result(#"{"alg":"HS256","kid":7}"#, secret) == .refused(.malformed))
        #expect(result(#"{"alg":"HS256","crit":["b64"],"b64":false}"#, secret) == .refused(.malformed))
        #expect(result(#"{"typ":"JWT"}"#, secret) == .refused(.malformed))
        #expect(result(#"{"alg":"HS256"}"#, secret + [1]) == .refused(.signature))
        let foreign = TokenVerifier(keys: try Self.keys(secret: nil), rules: Self.rules)
        #expect(foreign.verify(token(#"{"alg":"HS256"}"#, signedBy: secret), at: Self.now) == .refused(.key))
    }

    @Test("A hundred thousand bent tokens prove nobody")
    func bent() throws {
        let verifier = try Self.verifier()
        let tokens = Self.signers.map { Array($0.sign(Self.claims()).utf8) }
        var random = SplitMix64(seed: 16)
        for round in 0..<100_000 {
            // Most of them of the cheap algorithm, so that this is quick.
            var token = tokens[round % 50 == 0 ? Int(random.next() % 4) : 0]
            let good = token
            switch random.next() % 5 {
            case 0: token.removeLast(Int(random.next() % UInt64(token.count)))
            case 1: token.insert(UInt8(truncatingIfNeeded: random.next()), at: Int(random.next() % UInt64(token.count)))
            case 2: token.swapAt(Int(random.next() % UInt64(token.count)), Int(random.next() % UInt64(token.count)))
            case 3: token += [0x2E] + token.prefix(Int(random.next() % 40))
            default:
                token[Int(random.next() % UInt64(token.count))] ^= UInt8(truncatingIfNeeded: random.next() % 255 + 1)
            }
            guard token != good else { continue }
            let text = String(decoding: token, as: UTF8.self)
            if case .bearer = verifier.verify(text[...], at: Self.now) { Issue.record("round \(round): \(text)") }
        }
        let long = String(repeating: "a", count: 100_000)
        #expect(verifier.verify(long[...], at: Self.now) == .refused(.malformed))
        #expect(verifier.remembered(long[...], at: Self.now) == nil)
    }

    @Test("A set of keys counts whole, and says what is wrong with it")
    func sets() throws {
        func problem(_ change: (inout [String: JSONValue]) -> Void) throws -> String? {
            guard case .object(var key)? = Self.jwks["keys"]?.array?.first else { throw NotProven() }
            change(&key)
            let set = try JSONEncoder().encode(["keys": [JSONValue.object(key)]])
            do throws(TokenKeysProblem) {
                _ = try TokenKeys(jwks: Array(set), secret: nil)
                return nil
            } catch {
                return error.description
            }
        }
        #expect(try problem { _ in } == nil)
        #expect(try problem { $0["kid"] = nil }?.contains("1 to 64 keys") == true)
        #expect(try problem { $0["alg"] = nil } == nil, "the curve leaves one choice")
        #expect(try problem { $0["alg"] = "none" }?.contains("1 to 64 keys") == true)
        #expect(try problem { $0["alg"] = "RS256" }?.contains("no key of RS256") == true)
        #expect(try problem { $0["x"] = "AAAA" }?.contains("no key of EdDSA") == true)
        #expect(try problem { $0["use"] = "enc" }?.contains("1 to 64 keys") == true)
        #expect(
            try problem { $0 = ["kty": "oct", "alg": "HS256", "kid": "s", "k": "c2hvcnQ"] }?.contains("weak") == true)
        for junk in ["", "{}", "[]", #"{"keys":{}}"#, #"{"keys":[]}"#, #"{"keys":[{"kid":"a""#] {
            #expect(throws: TokenKeysProblem.self) { try TokenKeys(jwks: Array(junk.utf8), secret: nil) }
        }
        let marked = try [0xEF, 0xBB, 0xBF] + Array(JSONEncoder().encode(Self.jwks))
        #expect(throws: Never.self) { try TokenKeys(jwks: marked, secret: nil) }
        let twice = JSONValue.object([
            "keys": .array((Self.jwks["keys"]?.array ?? []) + (Self.jwks["keys"]?.array ?? []))
        ])
        #expect(throws: TokenKeysProblem.self) { try Self.keys(twice) }
    }

    @Test("A key on Ed25519 and its tokens may name the curve", arguments: ["EdDSA", "Ed25519"])
    func curveName(name: String) throws {
        let own = try #require(OpenSSLKey.fromPEM(Array(PEM.ed25519.utf8)))
        let x = JSONValue.string(Base64URL.encode(Array(own.published.suffix(32))))
        let set: JSONValue = [
            "keys": [["kty": "OKP", "crv": "Ed25519", "alg": .string(name), "kid": "ed", "x": x]]
        ]
        let verifier = TokenVerifier(keys: try Self.keys(set), rules: Self.rules)
        for (algorithm, isGood) in [("EdDSA", true), ("Ed25519", true), ("Ed448", false), ("HS256", false)] {
            let head = #"{"alg":"\#(algorithm)","kid":"ed"}"#
            let text =
                Base64URL.encode(Array(head.utf8)) + "."
                + Base64URL.encode(Array(JSONValue.object(Self.claims()).compactText.utf8))
            let token = text + "." + Base64URL.encode(try #require(own.sign(Array(text.utf8))))
            let result = verifier.verify(token[...], at: Self.now)
            if case .bearer = result { #expect(isGood) } else { #expect(!isGood && result == .refused(.algorithm)) }
        }
    }

    @Test("Keys for others in a set are passed over, and its own keys count")
    func foreignKeys() throws {
        let foreign: [JSONValue] = [
            ["kty": "EC", "crv": "P-384", "alg": "ES384", "kid": "a"],
            ["kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "b"],
            ["kty": "RSA", "alg": "PS256", "kid": "c"], ["kty": "oct", "alg": "HS256", "k": "c2hvcnQ"],
            ["kty": "OKP", "crv": "X25519", "use": "enc", "kid": "d"],
            ["kty": "OKP", "crv": "Ed448", "alg": "EdDSA", "x": "AQAB", "kid": "e"],
        ]
        let own = try #require(Self.jwks["keys"]?.array)
        let keys = try Self.keys(.object(["keys": .array(foreign + own)]))
        for key in own { #expect(keys[key["kid"]?.string] != nil) }
        for name in ["a", "b", "c", "d", "e"] { #expect(keys[name] == nil) }
    }

    private struct NotProven: Error {}
}
