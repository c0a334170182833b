// What a route returns to its connection.

internal import Telemetry

/// The result of a route: an answer, or a refusal that becomes a problem document.
enum Reply: Sendable {
    case answer(Answer)
    case problem(Problem)

    static func refused(_ reason: Reason) -> Reply { .problem(Problem(reason)) }
}
