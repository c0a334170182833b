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

/// A signal in OpenTelemetry's sense: a kind of telemetry with its own endpoint.
public enum ExportSignal: String, LabelValue {
    case traces
    case metrics
    case logs

    public static let labelName = "signal"
}

/// How a request to the collector ended.
public enum ExportResult: String, LabelValue {
    case ok
    case retryable
    case fatal
    case partial

    public static let labelName = "result"
}
