// Decides when a duty's work runs again, and when the instance gives the duty up. Pure.

/// The pace of one duty.
public struct DutyPace: Hashable, Sendable {
    /// The longest pause between two attempts to get the lease. After a dead holder's lease has ended, another instance
    /// has the duty no later than this, however seldom the work runs.
    public static let retryMax = Duration.milliseconds(500)

    /// The pause between two runs.
    public let every: Duration

    public init(every: Duration) {
        self.every = every
    }

    /// The pause between two attempts to get the lease.
    public var retry: Duration { min(every, Self.retryMax) }

    /// The pause after a run; nil if another instance has the duty.
    ///
    /// - Parameter outcome: nil if the run failed.
    public func pause(after outcome: DutyOutcome?) -> Duration? {
        switch outcome {
        case .done, nil: every
        case .again(let soon): min(every, soon)
        case .stale: nil
        }
    }
}
