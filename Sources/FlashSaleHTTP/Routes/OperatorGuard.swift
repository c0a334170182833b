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
        guard let token = request.bearerToken else { return .refused(.unproven()) }
        switch proven(by: token, of: request) {
        case .refused(let problem): return .refused(problem)
        case .value(let found): return found.scope >= scope ? .value(found.name) : .refused(Problem(.forbidden))
        }
    }

    /// Who a token that came with a request lets in.
    func proven(by token: Substring, of request: Request) -> Parsed<Operator> {
        // The admin token has no such form, so it cannot be guessed here.
        if let identity, token.utf8.count(where: { $0 == 0x2E }) == 2 {
            switch identity.bearer(of: request, by: token) {
            case .refused(let problem): return .refused(problem)
            case .value(let bearer):
                guard let scope = bearer.scopes.max() else { return .refused(Problem(.forbidden)) }
                return .value(Operator(name: bearer.name, scope: scope, end: bearer.end))
            }
        }
        switch guesses.attempt(by: request.client?.network, { self.token?.isGuessed(by: token.utf8) ?? false }) {
        case .succeeded: return .value(Operator(name: "admin", scope: .admin, end: nil))
        case .failed: return .refused(Problem(.forbidden))
        case .refused: return .refused(Problem(.rateLimited))
        }
    }
}

/// Somebody with a token for more than buying.
struct Operator: Sendable {
    let name: String
    let scope: TokenScope
    /// When its token expires, in seconds since 1970; nil for never.
    let end: Int?
}
