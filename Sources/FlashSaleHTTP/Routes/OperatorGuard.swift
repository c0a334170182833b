// Lets operators in, by the admin token. Wrong guesses are few a second.

internal import FlashSale
internal import Telemetry
internal import Textbook

struct OperatorGuard: Sendable {
    /// Nil if every token is wrong.
    let token: Secret?
    let guesses: Attempts

    /// The problem with the token of the request; nil if it is right.
    func refusal(of request: Request) -> Problem? {
        let scheme = "bearer "
        let authorization = request.values(of: "authorization")
        guard let field = authorization.first, authorization.count == 1,
            field.count > scheme.count, field.prefix(scheme.count).lowercased() == scheme
        else {
            var problem = Problem(.unauthorized)
            problem.fields = [("WWW-Authenticate", "Bearer realm=\"flashsale\"")]
            return problem
        }
        let guess = field.dropFirst(scheme.count).utf8
        switch guesses.attempt(by: request.client?.network, { token?.isGuessed(by: guess) ?? false }) {
        case .succeeded: return nil
        case .failed: return Problem(.forbidden)
        case .refused: return Problem(.rateLimited)
        }
    }
}
