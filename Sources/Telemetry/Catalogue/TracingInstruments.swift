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
