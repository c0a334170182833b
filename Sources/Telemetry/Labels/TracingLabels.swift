// The labels of tracing.

/// Whether a span was recorded for the export, or only in case its request ends badly.
public enum SpanSampling: String, LabelValue {
    case sampled
    case recordOnly = "record_only"

    public static let labelName = "sampling"
}

/// Why a span was not exported.
public enum SpanDropReason: String, LabelValue {
    /// Recorded in case its request ends badly, which it did not.
    case unsampled
    case queueFull = "queue_full"
    case exportFailed = "export_failed"
    /// Refused by a collector that accepted others of the same export.
    case rejected
    case shutdown
    /// Beyond the limit of a trace.
    case tooLarge = "too_large"

    public static let labelName = "reason"
}
