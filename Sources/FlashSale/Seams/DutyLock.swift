// The seam to the duties' locks.
//
// Trust rule: the lock saves work, the fence guards. A holder may believe in its lease longer than the store does. What
// it then writes carries an old fence, and the ledger refuses it.

public import Telemetry

/// Locks by which one instance at a time has a duty.
public protocol DutyLock: Sendable {
    /// Takes the duty if nobody has it.
    func acquire(_ duty: Duty) async -> AcquireOutcome

    /// Extends the lease and returns it with its new deadline. Returns nil, before the old deadline, if the lease is
    /// lost: the holder must stop its work.
    func extend(_ lease: DutyLease) async -> DutyLease?

    func release(_ lease: DutyLease) async
}

/// A number from Postgres that grows with each lease of a duty. Writes that carry an old one are refused.
public struct FencingNumber: Hashable, Comparable, Sendable {
    public let value: Int64

    public init(_ value: Int64) {
        self.value = value
    }

    public static func < (left: FencingNumber, right: FencingNumber) -> Bool { left.value < right.value }
}

/// A duty held until its deadline, by the local monotonic clock, unless it is extended.
public struct DutyLease: Sendable {
    public let duty: Duty
    public let fence: FencingNumber
    /// Proves the holder to the store. The lease is extended and released only with the same token.
    public let token: String
    public var deadline: ContinuousClock.Instant

    public init(duty: Duty, fence: FencingNumber, token: String, deadline: ContinuousClock.Instant) {
        self.duty = duty
        self.fence = fence
        self.token = token
        self.deadline = deadline
    }
}

/// What `acquire` returns.
public enum AcquireOutcome: Sendable {
    /// The caller has the duty, under a new fence.
    case acquired(DutyLease)
    /// Another instance has the duty, or the ledger gives no fence for it.
    case taken
    /// The lock's store does not reply.
    case unavailable

    /// The lease, if there is one.
    public var lease: DutyLease? {
        if case .acquired(let lease) = self { lease } else { nil }
    }
}
