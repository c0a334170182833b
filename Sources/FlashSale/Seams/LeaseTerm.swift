// How long a holder may believe in a lease. Pure: the time in, a time out.

/// The terms of a lock's leases.
///
///     asked ──lifetime less drift──► deadline: the holder stops ──drift, and the way there──► the store frees the lock
///
/// Trust rule: the holder's time begins when he asks, the store's when it hears him, and the holder's is the shorter.
/// As long as the store forgets nothing, nobody else is given what somebody still believes to have.
public struct LeaseTerm: Hashable, Sendable {
    /// What two clocks may drift apart over a lifetime, and then some.
    public static let drift = Duration.milliseconds(50)

    /// How long the store keeps a lock that is not extended.
    public let lifetime: Duration

    /// - Parameter lifetime: a millisecond or more over what clocks may drift.
    public init(lifetime: Duration) {
        precondition(lifetime > Self.drift, "a lease lasts longer than clocks may drift")
        self.lifetime = lifetime
    }

    /// Until when he may believe in it who asks the store now, for a lease or for more time.
    public func deadline(askedAt now: ContinuousClock.Instant) -> ContinuousClock.Instant {
        now + lifetime - Self.drift
    }
}

extension DutyLease {
    /// Whether its holder may believe in it.
    public func stands(at now: ContinuousClock.Instant) -> Bool { now < deadline }

    /// How long its holder waits before he asks for more time: so that there is time to ask again.
    public func pauseBeforeExtending(at now: ContinuousClock.Instant) -> Duration { (deadline - now) / 3 }
}
