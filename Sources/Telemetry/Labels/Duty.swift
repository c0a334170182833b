// The duties by name: for the locks' metrics, the traces and the domain.

/// Work that one instance does for all of them.
public enum Duty: String, LabelValue {
    case scheduler
    case sweeper
    case rebuild
    case driftCheck = "drift_check"
    case retention
    case usher
    case herald

    public static let labelName = "duty"

    /// The name of a run in traces.
    public var spanName: String {
        switch self {
        case .scheduler: "schedule sale"
        case .sweeper: "sweep holds"
        case .rebuild: "gate rebuild"
        case .driftCheck: "reconcile sale"
        case .retention: "retire sale"
        case .usher: "call numbers"
        case .herald: "tell events"
        }
    }
}
