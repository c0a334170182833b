// An expression as PromQL, with the variables of the boards in it.

extension Expression: CustomStringConvertible {
    public var description: String {
        switch self {
        case .number(let number):
            number == number.rounded() && abs(number) < 1e15 ? String(Int(number)) : String(number)
        case .selector(let selector):
            selector.text
        case .call(let function, let arguments):
            "\(function.rawValue)(\(arguments.map(\.description).joined(separator: ", ")))"
        case .aggregate(let aggregation, let labels, let inner):
            labels.isEmpty
                ? "\(aggregation.rawValue)(\(inner))"
                : "\(aggregation.rawValue) by (\(labels.joined(separator: ", "))) (\(inner))"
        case .binary(let left, let sign, let right):
            "\(left.operand) \(sign.rawValue) \(right.operand)"
        }
    }

    /// In brackets where another operator stands beside it.
    private var operand: String {
        if case .binary = self { "(\(self))" } else { description }
    }
}

extension Expression.Selector {
    fileprivate var text: String {
        let chosen: [String] =
            switch source.scope {
            case .service: ["job=~\"$job\"", "instance=~\"$instance\""]
            case .recorded: ["job=~\"$job\""]
            case .job(let pattern): ["job=~\"\(pattern)\""]
            case .unscoped: []
            }
        let braces = (chosen + matchers.map(\.text)).joined(separator: ",")
        let range =
            switch window {
            case nil: ""
            case .rateInterval: "[$__rate_interval]"
            case .minutes(let minutes): "[\(minutes)m]"
            }
        // A recorded name has colons, which PromQL allows in names.
        return "\(source.name)\(suffix){\(braces)}\(range)"
    }
}
