// Who a request is from, where buyers prove who they are: the bearer of its token. Keys are read again when their file
// changes; tokens that were checked with the old keys are then checked anew.

internal import FlashSale
internal import Glibc
internal import Logging
internal import Telemetry
public import Textbook
public import Tokens

/// Finds out by its token whom a request is from.
public struct BearerTokens: Sendable {
    private let watch: FileWatch<TokenVerifier>
    private let failures: Attempts
    private let rules: TokenRules
    /// Nil where nobody gets a token for the asking.
    private let signer: TokenSigner?

    /// - Parameters:
    ///   - keys: a file with a JWK set; nil for none.
    ///   - secret: the shared secret; nil for none.
    ///   - failuresPerSecond: bad tokens a second of one network, which is as many as it may send at once. Beyond that
    ///     its new tokens are not looked at.
    ///   - signsAnybodyIn: whether the page signs a token for any name, by the secret: for a developer's machine alone.
    public init(
        keys: String?, secret: Secret?, rules: TokenRules, failuresPerSecond: Int, signsAnybodyIn: Bool = false
    ) throws(FileProblem) {
        watch = try FileWatch(keys.map { [$0] } ?? []) { (content) throws(FileProblem) in
            do throws(TokenKeysProblem) {
                return TokenVerifier(keys: try TokenKeys(jwks: content.first, secret: secret), rules: rules)
            } catch {
                throw FileProblem("\(keys ?? ""): \(error)")
            }
        }
        failures = Attempts(perSecond: failuresPerSecond, burst: failuresPerSecond)
        self.rules = rules
        signer = signsAnybodyIn ? secret.map { TokenSigner(secret: $0) } : nil
    }

    var signsAnybodyIn: Bool { signer != nil }

    /// A token of a day for whoever asks; nil but on a developer's machine.
    func token(for buyer: BuyerID) -> String? {
        signer?.token(of: buyer.description, by: rules, at: time(nil), seconds: 86_400)
    }

    /// Looks for new keys until its task is cancelled.
    func run(_ logger: Logger) async { await watch.run(logger) }

    /// The bearer of the request's token.
    func bearer(of request: Request) throws(Problem) -> TokenBearer {
        try bearer(of: request, by: request.bearerToken)
    }

    /// The bearer of a token that came with the request.
    func bearer(of request: Request, by token: Substring?) throws(Problem) -> TokenBearer {
        guard let token else { throw .unproven() }
        let now = time(nil)
        let verifier = watch.value
        if let bearer = verifier.remembered(token, at: now) { return bearer }
        var result = TokenResult.refused(.malformed)
        let attempt = failures.attempt(by: request.client?.network) {
            result = verifier.verify(token, at: now)
            if case .bearer = result { return true }
            return false
        }
        switch (attempt, result) {
        case (.refused, _): throw Problem(.rateLimited)
        case (_, .bearer(let bearer)): return bearer
        case (_, .refused): throw .unproven(error: "invalid_token")
        }
    }
}

extension Optional where Wrapped == BearerTokens {
    /// The proven buyer of a request; nil where buyers need not prove who they are. A request without `Authorization`
    /// may have its token in the page's cookie, which counts only for requests of the page's own site.
    func buyer(of request: Request) throws(Problem) -> BuyerID? {
        guard let self else { return nil }
        var token = request.bearerToken
        if request.values(of: "authorization").isEmpty, let session = request.cookies[PageCookies.session] {
            guard request.isHarmless || request.isOfThisSite else { throw Problem(.forbidden) }
            token = session[...]
        }
        let bearer = try self.bearer(of: request, by: token)
        RequestContext.current?.userID = bearer.name
        return BuyerID(bearer.name)
    }
}

extension Request {
    /// The token of `Authorization: Bearer` (RFC 6750); nil without one, or with two.
    var bearerToken: Substring? {
        let scheme = "bearer "
        let fields = values(of: "authorization")
        guard let field = fields.first, fields.count == 1, field.utf8.count > scheme.utf8.count,
            field.prefix(scheme.count).lowercased() == scheme
        else { return nil }
        // One blank or more are between them (RFC 9110, section 11.4).
        return field.dropFirst(scheme.count).drop { $0 == " " }
    }
}

extension Problem {
    /// The request proves nobody.
    ///
    /// - Parameter error: what is wrong with its token, by RFC 6750, section 3.1; nil if it has none.
    static func unproven(error: String? = nil) -> Problem {
        let challenge = "Bearer realm=\"flashsale\"" + (error.map { ", error=\"\($0)\"" } ?? "")
        return .plain(.unauthorized, fields: [("WWW-Authenticate", challenge)])
    }
}
