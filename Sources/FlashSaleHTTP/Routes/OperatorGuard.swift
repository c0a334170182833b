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

    /// The name of the operator, who may do what the scope allows: the subject of the request's token, or `admin`.
    @discardableResult
    func name(of request: Request, doing scope: TokenScope) throws(Problem) -> String {
        guard let token = request.bearerToken else { throw .unproven() }
        let found = try proven(by: token, of: request)
        guard found.scope >= scope else { throw Problem(.forbidden) }
        return found.name
    }

    private static func hasDotsOfJWT(_ text: some Sequence<UInt8>) -> Bool {
        text.count { $0 == 0x2E } == 2
    }

    /// Who a token that came with a request lets in.
    func proven(by token: Substring, of request: Request) throws(Problem) -> Operator {
        if let identity, Self.hasDotsOfJWT(token.utf8) {
            do throws(Problem) {
                let bearer = try identity.bearer(of: request, by: token)
                guard let scope = bearer.scopes.max() else { throw Problem(.forbidden) }
                return Operator(name: bearer.name, scope: scope, end: bearer.end)
            } catch {
                // An admin token may have dots, too. One of another form cannot be meant, so that is no guess.
                guard let own = self.token, Self.hasDotsOfJWT(own.revealed.utf8) else { throw error }
            }
        }
        switch guesses.attempt(by: request.client?.network, { self.token?.isGuessed(by: token.utf8) ?? false }) {
        case .succeeded: return Operator(name: "admin", scope: .admin, end: nil)
        case .failed: throw Problem(.forbidden)
        case .refused: throw Problem(.rateLimited)
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
