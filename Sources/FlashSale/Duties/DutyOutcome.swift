// What one run of a duty's work returns.

/// How a run ended.
public enum DutyOutcome: Hashable, Sendable {
    case done
    /// The run is over, and the next one is wanted sooner than the regular pause.
    case again(after: Duration)
    /// The ledger knows a newer fence: another instance has the duty.
    case stale
}
