// Narrows a selector beyond the user's choice of job and instance.

public import Telemetry

/// A label and the values that a selector lets through.
public struct Matcher: Sendable {
    public let label: String
    /// The exact values; empty if they are a pattern.
    public let values: [String]
    let text: String

    /// Only series that carry this case.
    public static func `is`<Value: LabelValue>(_ value: Value) -> Matcher {
        .is(Value.labelName, value.rawValue)
    }

    /// Only series that carry one of these cases.
    public static func `is`<Value: LabelValue>(in values: [Value]) -> Matcher {
        let names = values.map(\.rawValue)
        return Matcher(
            label: Value.labelName, values: names, text: "\(Value.labelName)=~\"\(names.joined(separator: "|"))\"")
    }

    /// Only series whose label has this value.
    public static func `is`(_ label: String, _ value: String) -> Matcher {
        Matcher(label: label, values: [value], text: "\(label)=\"\(value)\"")
    }

    /// Only series whose label has another value.
    public static func not(_ label: String, _ value: String) -> Matcher {
        Matcher(label: label, values: [value], text: "\(label)!=\"\(value)\"")
    }

    /// Only series whose label matches an expression in RE2's syntax, whole.
    public static func like(_ label: String, _ pattern: String) -> Matcher {
        Matcher(label: label, values: [], text: "\(label)=~\"\(pattern)\"")
    }

    /// Only the handlers that the user has chosen.
    public static let chosenHandlers = Matcher.like(Handler.labelName, "$handler")
}
