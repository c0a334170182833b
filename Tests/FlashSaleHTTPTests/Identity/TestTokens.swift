// Tokens that a test's server accepts: signed with a shared secret.

import Foundation
import Textbook
import Tokens

@testable import FlashSaleHTTP

enum TestTokens {
    static let secret = Secret("a-shared-secret-of-the-tests-of-identity")
    static let rules = TokenRules(issuer: "shop", audience: "sale")

    /// What checks them.
    static func required(failuresPerSecond: Int = 100, signsAnybodyIn: Bool = false) -> BearerTokens {
        do throws(FileProblem) {
            return try BearerTokens(
                keys: nil, secret: secret, rules: rules, failuresPerSecond: failuresPerSecond,
                signsAnybodyIn: signsAnybodyIn)
        } catch {
            preconditionFailure("a secret is no file")
        }
    }

    /// A header field with the token of a buyer.
    ///
    /// - Parameter seconds: how long it is good: for longer than all tests take, unless a test says otherwise.
    static func field(
        _ buyer: String, scope: String = "", for seconds: Int = 14_400,
        by signer: TokenSigner = TokenSigner(secret: secret)
    ) -> String {
        let now = Int(Date().timeIntervalSince1970)
        let token = signer.sign([
            "iss": "shop", "aud": "sale", "sub": .string(buyer), "exp": .integer(now + seconds),
            "scope": .string(scope),
        ])
        return "Authorization: Bearer \(token)"
    }
}
