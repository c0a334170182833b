// The labels of health, logs and the process itself.

/// A dependency of the service.
public enum Dependency: String, LabelValue {
    case app
    case database
    case redis
    case migrations
    case scheduler

    public static let labelName = "dependency"

    /// Whether a check of it asks a store, and so takes a while.
    public var isOfStore: Bool { [.database, .redis, .migrations].contains(self) }

    /// Of the others nobody times a check.
    public var folded: Dependency { isOfStore ? self : .database }
}

/// The level of a log line.
public enum LogLevel: String, LabelValue {
    case trace
    case debug
    case info
    case notice
    case warning
    case error
    case critical

    public static let labelName = "level"
}

/// Why a log line was not written, or was written and did not reach the collector.
public enum LogDropReason: String, LabelValue {
    case sampled
    case queueFull = "queue_full"
    case writeError = "write_error"
    /// Written, but too many lines wait for their export.
    case exportQueueFull = "export_queue_full"
    /// Written, but the collector did not take it.
    case exportFailed = "export_failed"

    public static let labelName = "reason"
}

/// The state of heap memory: in use, taken from the kernel, or taken and not in use.
public enum HeapState: String, LabelValue {
    case allocated
    case mapped
    case free

    public static let labelName = "state"
}

/// Whether a thread gave up the processor or lost it.
public enum ContextSwitchType: String, LabelValue {
    case voluntary
    case involuntary

    public static let labelName = "type"
}

/// Whether a page had to be read from a disk.
public enum PageFaultType: String, LabelValue {
    case major
    case minor

    public static let labelName = "type"
}
