// Decides whether a buyer's step asks the gate, so that a slow or dead Redis slows down only a few buyers.
// Pure: events and the time in, a decision out. FailFastGate carries the decision out.

/// A circuit breaker.
///
///               failures within the window            the pause is over
///     closed ───────────────────────────► open ─────────────────────────► probing
///        ▲                                 ▲  a bad probe: another pause    │
///        │                                 │  an abandoned one: none        │
///        │                                 └────────────────────────────────┤
///        └────────────────────────────── a good probe ──────────────────────┘
///
/// Trust rule: the breaker may only spare the gate a question. Without the gate the ledger decides alone, so an open
/// breaker costs speed and never changes an outcome. One probe is out at a time. A step that began before the breaker
/// opened and ends later says nothing about now.
public struct CircuitBreaker: Sendable {
    public typealias Instant = ContinuousClock.Instant

    /// When the breaker opens, and for how long.
    public struct Bounds: Hashable, Sendable {
        /// This many failures within the window open it.
        public var failuresMax: Int
        public var window: Duration
        /// The pause before a probe, and between two probes.
        public var pause: Duration
        /// A reply that takes longer counts as a failure, though it is used.
        public var patience: Duration

        public init(
            failuresMax: Int = 5, window: Duration = .seconds(1), pause: Duration = .milliseconds(100),
            patience: Duration = .milliseconds(100)
        ) {
            precondition(failuresMax > 0 && window > .zero && pause > .zero && patience > .zero)
            self.failuresMax = failuresMax
            self.window = window
            self.pause = pause
            self.patience = patience
        }
    }

    /// What a step may do.
    public enum Permit: Hashable, Sendable {
        case call
        /// Ask for all the others whether the gate is back.
        case probe
        /// Go on without the gate.
        case none
    }

    private enum State {
        /// With the latest failures, the oldest first: fewer than open the breaker.
        case closed([Instant])
        case open(until: Instant)
        case probing
    }

    private let bounds: Bounds
    private var state = State.closed([])

    public init(_ bounds: Bounds = Bounds()) {
        self.bounds = bounds
    }

    /// Whether steps ask the gate.
    public var isClosed: Bool {
        if case .closed = state { true } else { false }
    }

    /// Whether the gate has not failed within the window. A few buyers alone never open the breaker; without this, each
    /// of them would wait for a dead gate twice.
    public func isTrusted(at now: Instant) -> Bool {
        if case .closed(let failures) = state { failures.allSatisfy { now - $0 > bounds.window } } else { false }
    }

    /// A step wants to ask the gate. Unless the permit is `none`, ``end(_:isReplied:after:at:)`` or
    /// ``abandon(_:at:)`` must follow.
    public mutating func begin(at now: Instant) -> Permit {
        switch state {
        case .closed: return .call
        case .open(let end) where end <= now:
            state = .probing
            return .probe
        case .open, .probing: return .none
        }
    }

    /// A step with a permit got its reply, or none.
    ///
    /// - Parameter duration: from the question to its end, without what the service itself took.
    public mutating func end(_ permit: Permit, isReplied: Bool, after duration: Duration, at now: Instant) {
        let isGood = isReplied && duration <= bounds.patience
        switch (state, permit) {
        case (.probing, .probe):
            state = isGood ? .closed([]) : .open(until: now + bounds.pause)
        case (.closed(var failures), .call) where !isGood:
            failures.removeAll { now - $0 > bounds.window }
            failures.append(now)
            state = failures.count < bounds.failuresMax ? .closed(failures) : .open(until: now + bounds.pause)
        case (.closed, _), (.open, _), (.probing, _): break
        }
    }

    /// The buyer of a step with a permit gave up before the gate could reply. That says nothing about the gate. If the
    /// step was the probe, the next step probes.
    public mutating func abandon(_ permit: Permit, at now: Instant) {
        if case .probing = state, permit == .probe { state = .open(until: now) }
    }
}
