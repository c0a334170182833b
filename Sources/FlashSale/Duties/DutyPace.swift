// Decides when a duty's work is done again, and when the duty is given up. Pure.

/// The pace of one duty.
public struct DutyPace: Hashable, Sendable {
    /// The longest pause between two attempts to get the lease: how much longer than its lease a dead holder may keep a
    /// duty that is seldom done.
    public static let retryMax = Duration.milliseconds(500)

    /// The pause between two runs.
    public let every: Duration

    public init(every: Duration) {
        self.every = every
    }

    /// The pause between two attempts to get the lease.
    public var retry: Duration { min(every, Self.retryMax) }

    /// The pause after a run; nil if the duty is another's.
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
