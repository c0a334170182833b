// The instruments of tracing.

/// The tracing family. A property is named like its metric without the group's prefix.
///
/// Conservation: spans started = exported + dropped + those of requests under way and of the queue.
public final class TracingInstruments: Sendable {
    /// Counted when their trace ends.
    public let spansStartedTotal: Counter<SpanSampling>
    public let spansExportedTotal: Counter<NoLabels>
    public let spansDroppedTotal: Counter<SpanDropReason>
    public let spanQueueSize: Gauge<NoLabels>
    public let spanQueueCapacity: Gauge<NoLabels>

    init(_ catalogue: inout Catalogue) {
        spansStartedTotal = catalogue.counter(
            "otel_spans_started_total", "Spans recorded, counted when their trace ends.")
        spansExportedTotal = catalogue.counter("otel_spans_exported_total", "Spans that a collector has taken.")
        spansDroppedTotal = catalogue.counter("otel_spans_dropped_total", "Spans not exported, by reason.")
        spanQueueSize = catalogue.gauge("otel_span_queue_size", "Spans that wait for their export.")
        spanQueueCapacity = catalogue.gauge("otel_span_queue_capacity", "Spans that may wait for their export.")
    }
}

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
