// Decides whether a buyer's step is put to the gate, so that a slow or dead Redis slows only the few who find out.
// Pure: events and the time in, a decision out. BreakerGate does what it says.

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
/// breaker costs speed and never an answer. One probe is out at a time; what was asked before the breaker opened and
/// ends after says nothing about now.
public struct GateBreaker: Sendable {
    public typealias Instant = ContinuousClock.Instant

    /// When the breaker opens, and for how long.
    public struct Bounds: Hashable, Sendable {
        /// This many failures within the window open it.
        public var failuresMax: Int
        public var window: Duration
        /// The pause before a probe, and between two.
        public var pause: Duration
        /// An answer that takes longer than this is a failure, though it is used.
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
        /// Ask for all the others: whether the gate is back.
        case probe
        /// Go on without the gate.
        case none
    }

    private enum State {
        /// With the last failures, the oldest first: fewer than open it.
        case closed([Instant])
        case open(until: Instant)
        case probing
    }

    private let bounds: Bounds
    private var state = State.closed([])

    public init(_ bounds: Bounds = Bounds()) {
        self.bounds = bounds
    }

    /// Whether steps are put to the gate as a rule.
    public var isClosed: Bool {
        if case .closed = state { true } else { false }
    }

    /// Whether nothing of late speaks against the gate. Of buyers so few that their failures never open the breaker,
    /// each would wait for a dead gate a second time, after his answer is known.
    public func isTrusted(at now: Instant) -> Bool {
        if case .closed(let failures) = state { failures.allSatisfy { now - $0 > bounds.window } } else { false }
    }

    /// A step wants to ask the gate. Unless it is told `none`, it must say how that ended: by ``end`` or ``abandon``.
    public mutating func begin(at now: Instant) -> Permit {
        switch state {
        case .closed: return .call
        case .open(let end) where end <= now:
            state = .probing
            return .probe
        case .open, .probing: return .none
        }
    }

    /// A step that had a permit has its answer, or none.
    ///
    /// - Parameter duration: from asking to the answer.
    public mutating func end(_ permit: Permit, isAnswered: Bool, after duration: Duration, at now: Instant) {
        let isGood = isAnswered && duration <= bounds.patience
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

    /// A step that had a permit was given up by who took it, before the gate could answer: that says nothing of the
    /// gate. Where it was the probe, the next step probes.
    public mutating func abandon(_ permit: Permit, at now: Instant) {
        if case .probing = state, permit == .probe { state = .open(until: now) }
    }
}
