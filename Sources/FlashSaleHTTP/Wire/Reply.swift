// What a route returns to its connection.

internal import FlashSale
internal import Telemetry

/// The result of a route: an answer, a refusal that becomes a problem document, or a stream.
enum Reply: Sendable {
    case answer(Answer)
    case problem(Problem)
    /// A stream of events: the connection serves nothing else from now on.
    case stream(LivePass)

    /// Nobody takes it.
    func giveBack() {
        if case .stream(let pass) = self { pass.giveBack() }
    }

    /// The same answer, without a body if the client has it already.
    func validated(against request: Request) -> Reply {
        if case .answer(let answer) = self { .answer(answer.validated(against: request)) } else { self }
    }

    static func refused(_ refusal: Refusal) -> Reply { .problem(.refusal(refusal)) }
    static func refused(_ reason: Reason) -> Reply { .problem(Problem(reason)) }
}
