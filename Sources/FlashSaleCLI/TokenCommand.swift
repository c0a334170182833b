// `flashsale token`: signs a token for a buyer or an operator, for shops without an identity provider.

import ArgumentParser
import FlashSaleHTTP
import Foundation
import Textbook
import Tokens

struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Print a signed token that the service with these settings accepts.",
        discussion: Setting.discussion(of: Setting.ofTokens))

    @Option(help: "The buyer: the token's subject.")
    var buyer: String?

    @Option(help: "What the bearer may do besides buying: look, operate, admin.")
    var scope: String?

    @Option(help: "How long the token is valid, in seconds, up to a day.")
    var seconds = 3_600

    @Option(
        help: "A file with a private key in PEM (Ed25519, P-256 or RSA) to sign with, instead of the secret.",
        completion: .file())
    var key: String?

    @Option(help: "The kid of that key.")
    var kid = "flashsale"

    @Flag(help: "Print the public half of that key as a JWK set, for FLASHSALE_IDENTITY_KEYS.")
    var jwks = false

    @Argument(parsing: .allUnrecognized, help: Setting.asFlags, completion: Setting.completion(of: Setting.ofTokens))
    var settings: [String] = []

    func validate() throws {
        let words = scope?.split(separator: " ") ?? []
        guard words.allSatisfy({ TokenScope(rawValue: String($0)) != nil }) else {
            throw ValidationError("--scope must be look, operate or admin, or several with blanks between them.")
        }
    }

    func run() async throws {
        let http = try Settings.read(arguments: settings).http
        let signer = try signer(http.identitySecret)
        if jwks {
            guard let set = signer.published else { throw Failure("--jwks needs --key") }
            return print(set)
        }
        guard let buyer, !buyer.isEmpty else { throw Failure("--buyer is missing") }
        guard (1...86_400).contains(seconds) else { throw Failure("--seconds must be from 1 to 86400") }
        let now = Int(Date().timeIntervalSince1970)
        print(signer.token(of: buyer, by: http.tokenRules, at: now, seconds: seconds, scope: scope))
    }

    private func signer(_ secret: Secret?) throws -> TokenSigner {
        guard let key else {
            guard let secret else { throw Failure("FLASHSALE_IDENTITY_SECRET is not set, and --key names no file") }
            return TokenSigner(secret: secret)
        }
        guard let file = FileManager.default.contents(atPath: key) else { throw Failure("\(key) cannot be read") }
        guard let signer = TokenSigner(pem: Array(file), id: kid) else {
            throw Failure("\(key) holds no private key in PEM of Ed25519, P-256 or RSA without a password")
        }
        return signer
    }
}
