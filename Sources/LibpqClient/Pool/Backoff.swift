// How long to wait before the next attempt to connect. I/O-free; randomness is passed in.

/// Exponential delays with jitter: each is drawn from the upper half of an interval that doubles up to a limit, so that
/// many instances do not return to a restarted server at the same moment.
struct Backoff: Sendable {
    let base: Duration
    let limit: Duration
    private(set) var attempts = 0

    init(base: Duration, limit: Duration) {
        precondition(base > .zero && base <= limit, "a backoff starts above zero and below its limit")
        self.base = base
        self.limit = limit
    }

    mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
        var interval = base
        for _ in 0..<attempts where interval < limit { interval *= 2 }
        attempts += 1
        return min(interval, limit) * Double.random(in: 0.5...1, using: &generator)
    }

    mutating func reset() { attempts = 0 }
}
