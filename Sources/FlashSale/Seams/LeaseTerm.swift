// How long a holder may believe in a lease. Pure: the time in, a time out.

/// The terms of a lock's leases.
///
///     asked ──lifetime less skew──► deadline: the holder stops ──skew, and the way there──► the store frees the lock
///
/// Trust rule: the holder counts from its question, the store from the question's arrival, and the holder counts the
/// shorter time. So while the store forgets nothing, it gives no lease that another instance still believes to hold.
public struct LeaseTerm: Hashable, Sendable {
    /// More than two clocks differ after one lifetime.
    public static let skew = Duration.milliseconds(50)

    /// How long the store keeps a lock that is not extended.
    public let lifetime: Duration

    /// - Parameter lifetime: longer than ``skew`` by a millisecond or more.
    public init(lifetime: Duration) {
        precondition(lifetime > Self.skew, "a lease lasts longer than the clocks' skew")
        self.lifetime = lifetime
    }

    /// Until when the holder may believe in a lease that it asks for, or extends, now.
    public func deadline(askedAt now: ContinuousClock.Instant) -> ContinuousClock.Instant {
        now + lifetime - Self.skew
    }
}

extension DutyLease {
    /// Whether the holder may believe in the lease.
    public func stands(at now: ContinuousClock.Instant) -> Bool { now < deadline }

    /// How long the holder waits before it extends the lease. There is time for a second try.
    public func pauseBeforeExtending(at now: ContinuousClock.Instant) -> Duration { (deadline - now) / 3 }
}
