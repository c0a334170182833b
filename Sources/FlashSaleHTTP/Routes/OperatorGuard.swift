// Lets operators in: by the admin token, and where buyers prove who they are, by a token with a scope. Wrong guesses
// are few a second.

internal import FlashSale
internal import Telemetry
internal import Textbook
internal import Tokens

struct OperatorGuard: Sendable {
    /// Nil if every token is wrong.
    let token: Secret?
    let guesses: Attempts
    /// Nil where the admin token is the only one.
    var identity: BearerTokens?

    /// The problem with the token of the request; nil if it may do what the scope allows.
    func refusal(of request: Request, doing scope: TokenScope = .admin) -> Problem? {
        guard let text = request.bearerToken else { return .unproven() }
        // The admin token has no such form, so it cannot be guessed here.
        if let identity, text.utf8.count(where: { $0 == 0x2E }) == 2 {
            switch identity.bearer(of: request) {
            case .refused(let problem): return problem
            case .value(let bearer): return bearer.may(scope) ? nil : Problem(.forbidden)
            }
        }
        switch guesses.attempt(by: request.client?.network, { token?.isGuessed(by: text.utf8) ?? false }) {
        case .succeeded: return nil
        case .failed: return Problem(.forbidden)
        case .refused: return Problem(.rateLimited)
        }
    }
}
