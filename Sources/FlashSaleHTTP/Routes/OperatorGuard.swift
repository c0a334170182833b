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
        if case .refused(let problem) = name(of: request, doing: scope) { problem } else { nil }
    }

    /// The name of the operator: the subject of the request's token, or `admin`.
    func name(of request: Request, doing scope: TokenScope) -> Parsed<String> {
        guard let text = request.bearerToken else { return .refused(.unproven()) }
        // The admin token has no such form, so it cannot be guessed here.
        if let identity, text.utf8.count(where: { $0 == 0x2E }) == 2 {
            switch identity.bearer(of: request) {
            case .refused(let problem): return .refused(problem)
            case .value(let bearer):
                return bearer.may(scope) ? .value(bearer.name) : .refused(Problem(.forbidden))
            }
        }
        switch guesses.attempt(by: request.client?.network, { token?.isGuessed(by: text.utf8) ?? false }) {
        case .succeeded: return .value("admin")
        case .failed: return .refused(Problem(.forbidden))
        case .refused: return .refused(Problem(.rateLimited))
        }
    }
}
