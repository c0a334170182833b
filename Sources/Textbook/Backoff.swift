// How long to wait before the next attempt: exponential backoff with jitter. Callers sleep, and pass randomness in.

/// Attempt n waits between half of and all of `minimum × 2ⁿ`, at most `maximum`.
///
/// The lower half spares a server that is down. The random half keeps many clients from coming back together.
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
    /// The waits since the start or the last reset.
    public private(set) var attempts = 0

    public init(_ bounds: Bounds) {
        self.bounds = bounds
        ceiling = bounds.minimum
    }

    /// The wait before the next attempt.
    public mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
        defer { ceiling = min(ceiling * 2, bounds.maximum) }
        attempts += 1
        return ceiling * Double.random(in: 0.5...1, using: &generator)
    }

    /// Starts over after a success.
    public mutating func reset() {
        ceiling = bounds.minimum
        attempts = 0
    }

    /// Starts over, unless what was reached ended so soon that its end is one more failure.
    public mutating func reset(after lifetime: Duration) {
        if lifetime >= bounds.maximum { reset() }
    }
}
