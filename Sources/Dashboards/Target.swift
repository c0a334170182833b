// One query of a panel.

/// An expression, the names of its series, and what it must show while a sale runs.
public struct Target: Sendable {
    /// What the proof expects of a query under load.
    public enum Expectation: Sendable, Hashable {
        /// It has values, and they change.
        case moves
        /// It has values.
        case stands
        /// It may be empty, for the reason given.
        case mayBeEmpty(String)
    }

    public let expression: Expression
    /// The name of a series, with `{{label}}` for the value of a label.
    public let legend: String
    public let expectation: Expectation

    /// - Parameter expectation: by default a counter moves and a gauge stands.
    public init(_ expression: Expression, _ legend: String, _ expectation: Expectation? = nil) {
        self.expression = expression
        self.legend = legend
        self.expectation = expectation ?? (expression.selectors.contains(where: \.isCounter) ? .moves : .stands)
    }

    /// Its faults as sentences.
    public var faults: [String] {
        let named = legend.matches(of: /{{(\w+)}}/).map { String($0.1) }
        let missing = Set(named).subtracting(expression.labels).sorted()
        return expression.faults + missing.map { "the legend names \($0), which \(expression) does not have" }
    }
}
