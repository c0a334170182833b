// How a check of a conformance suite fails.

/// A rule that a store broke: what was expected and what came.
public struct ConformanceFailure: Error, CustomStringConvertible {
    public let description: String
}
