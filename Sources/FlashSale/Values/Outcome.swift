// What a flow returns. A refusal is a value and never thrown: a thrown one would bypass the metrics.

/// What was asked of a flow, or why it was not done.
public enum Outcome<Value: Sendable>: Sendable {
    case success(Value)
    /// In memory of its own, as it is large: each async function on the way would keep room for several.
    indirect case refused(Refusal)
}

extension Outcome: Equatable where Value: Equatable {}
