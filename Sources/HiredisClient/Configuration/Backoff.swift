// How long to wait before the next attempt to connect. Pure: randomness is passed in, and nobody sleeps here.

/// Exponential backoff with jitter: attempt n waits between half of and all of `minimum × 2ⁿ`, at most `maximum`.
///
/// The half keeps a dead server from being hammered, the random half keeps many clients from coming back together.
public struct Backoff: Sendable {
    /// The bounds of a wait.
    public struct Bounds: Hashable, Sendable {
        public let minimum: Duration
        public let maximum: Duration

        public init(minimum: Duration, maximum: Duration) {
            precondition(.zero < minimum && minimum <= maximum, "a backoff grows from a positive minimum")
            self.minimum = minimum
            self.maximum = maximum
        }
    }

    private let bounds: Bounds
    private var ceiling: Duration

    public init(_ bounds: Bounds) {
        self.bounds = bounds
        ceiling = bounds.minimum
    }

    /// The wait before the next attempt.
    public mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
        defer { ceiling = min(ceiling * 2, bounds.maximum) }
        return ceiling * Double.random(in: 0.5...1, using: &generator)
    }

    /// Starts over, unless the connection that has just ended was so short that its end is one more failure.
    public mutating func connectionEnded(after lifetime: Duration) {
        if lifetime >= bounds.maximum { ceiling = bounds.minimum }
    }
}
