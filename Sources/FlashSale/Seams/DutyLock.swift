// The seam to the duties' locks.
//
// Trust rule: the lock saves work, the fencing number guards. A holder may believe in its lease longer than anyone
// else does; what it then writes carries a fence that the ledger has passed, and changes nothing.

/// Work that one instance does for all of them.
public enum Duty: String, CaseIterable, Sendable, Hashable {
    case scheduler
    case sweeper
    case rebuild
    case driftCheck = "drift_check"
}

/// A number from Postgres that grows with every acquisition of a duty. Writes that carry an old one are refused.
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
    /// What the lock's owner is known by in the store; only the same token may extend or release.
    public let token: String
    public var deadline: ContinuousClock.Instant

    public init(duty: Duty, fence: FencingNumber, token: String, deadline: ContinuousClock.Instant) {
        self.duty = duty
        self.fence = fence
        self.token = token
        self.deadline = deadline
    }
}

/// What a lock says to who wants a duty.
public enum DutyAnswer: Sendable {
    /// It is his, under a new fence.
    case acquired(DutyLease)
    /// Another has it, or the ledger gives no fence for it.
    case taken
    /// The store of the lock cannot say.
    case unavailable

    /// The lease, if there is one.
    public var lease: DutyLease? {
        if case .acquired(let lease) = self { lease } else { nil }
    }
}

public protocol DutyLock: Sendable {
    /// Takes the duty if nobody has it.
    func acquire(_ duty: Duty) async -> DutyAnswer

    /// Moves the deadline on. Returns nil, and before that deadline, if the lease is lost: its work must stop.
    func extend(_ lease: DutyLease) async -> DutyLease?

    func release(_ lease: DutyLease) async
}
