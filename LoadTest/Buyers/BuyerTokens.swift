// Signs the tokens of buyers, as `flashsale token` does, where the service asks its buyers to prove who they are.

import Glibc
import Textbook
import Tokens

/// Makes tokens with the service's shared secret.
///
/// A buyer's token stays the same for an hour, so that the service may remember it.
struct BuyerTokens: Sendable {
    /// The service asks for as much of a secret, in bytes.
    static let secretBytesMin = 32
    /// A token is valid for one to two of these, in seconds.
    private static let period = 3_600

    private let signer: TokenSigner
    private let rules: TokenRules
    private let now: @Sendable () -> Int

    /// Says in a sentence which variable is wrong.
    struct Unset: Error, CustomStringConvertible {
        let description: String
    }

    /// - Parameter environment: the variables that the service is configured with.
    init(
        environment: [String: String], now: @escaping @Sendable () -> Int = { Int(WallClock.now / 1_000_000_000) }
    ) throws(Unset) {
        let environment = environment.filter { !$0.value.isEmpty }
        let secret = environment["FLASHSALE_IDENTITY_SECRET"] ?? ""
        guard secret.utf8.count >= Self.secretBytesMin else {
            throw Unset(
                description: "--identity needs the service's FLASHSALE_IDENTITY_SECRET in the environment, of "
                    + "\(Self.secretBytesMin) bytes or more.")
        }
        var claims: [String: String] = [:]
        for pair in (environment["FLASHSALE_IDENTITY_CLAIMS"] ?? "").split(separator: ",") {
            let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else {
                throw Unset(description: "FLASHSALE_IDENTITY_CLAIMS must be pairs such as phone_verified=true.")
            }
            claims[parts[0]] = parts[1]
        }
        rules = TokenRules(
            issuer: environment["FLASHSALE_IDENTITY_ISSUER"] ?? "flashsale",
            audience: environment["FLASHSALE_IDENTITY_AUDIENCE"] ?? "flashsale", claims: claims)
        self.now = now
        signer = TokenSigner(secret: Secret(secret))
    }

    /// The token of a buyer, by its id in the service.
    func token(of user: String) -> String {
        let begun = now() / Self.period * Self.period
        return signer.token(of: user, by: rules, at: begun, seconds: 2 * Self.period)
    }
}
