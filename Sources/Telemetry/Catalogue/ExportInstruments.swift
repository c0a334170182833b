// The instruments of the export to a collector, for all signals.

/// The family of the export. A property is named like its metric without the group's prefix.
public final class ExportInstruments: Sendable {
    public let durationSeconds: Histogram<ExportSignal>
    public let requestsTotal: Counter<ExportLabels>

    init(_ catalogue: inout Catalogue) {
        durationSeconds = catalogue.histogram(
            "otel_export_duration_seconds", "Duration of requests to the collector in seconds, by signal.", .requests)
        requestsTotal = catalogue.counter(
            "otel_export_requests_total", "Requests to the collector, by signal and result.")
    }
}
