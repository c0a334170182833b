// The instruments of HTTP. A request is observed once, when the last byte of its answer is written, also if the handler
// threw or timed out or the client went away.

/// The HTTP family. A property is named like its metric without the group's prefix.
public final class HTTPInstruments: Sendable {
    public let requestDurationSeconds: Histogram<RequestLabels>
    /// Counts the observations of ``requestDurationSeconds``.
    public let requestsTotal: DerivedCounter<RequestLabels>
    /// Counts the errors among what ``requestDurationSeconds`` observed.
    public let errorsTotal: DerivedCounter<RequestLabels>
    /// Raised before the request is parsed, lowered exactly once.
    public let requestsInFlight: Gauge<NoLabels>
    public let requestSizeBytes: Summary<Method>
    public let responseSizeBytes: Histogram<Handler>
    public let requestTimeToFirstByteSeconds: Histogram<Handler>
    public let requestsRejectedTotal: Counter<RejectionReason>
    public let connectionsOpen: Gauge<NoLabels>
    public let connectionsMax: Gauge<NoLabels>
    public let connectionsTotal: Counter<NoLabels>
    /// `resource_utilization_ratio`: from 0 to 1. The owner of the resource sets it at a scrape.
    public let resourceUtilizationRatio: Reading<Resource>

    init(_ catalogue: inout Catalogue) {
        requestDurationSeconds = catalogue.histogram(
            "http_request_duration_seconds",
            "Duration of HTTP requests in seconds, to the last byte of the answer.", .requests,
            keepsExemplars: true)
        requestsTotal = catalogue.counter(
            "http_requests_total", "HTTP requests answered.", counting: requestDurationSeconds)
        errorsTotal = catalogue.counter(
            "http_errors_total", "HTTP requests answered with a 4xx or 5xx status.",
            counting: requestDurationSeconds, where: \.status.isError)
        requestsInFlight = catalogue.gauge(
            "http_requests_in_flight", "HTTP requests begun and not yet answered.")
        requestSizeBytes = catalogue.summary(
            "http_request_size_bytes", "Size of request bodies in bytes over the last 10 minutes.",
            unit: .bytes, quantiles: [0.5, 0.9, 0.99], only: Method.served)
        responseSizeBytes = catalogue.histogram(
            "http_response_size_bytes", "Size of response bodies in bytes; all but checkout and purchase is unknown.",
            unit: .bytes, .sizes,
            only: Handler.selling)
        requestTimeToFirstByteSeconds = catalogue.histogram(
            "http_request_time_to_first_byte_seconds",
            "Time to the first byte of an answer in seconds; all but checkout and purchase is unknown.", .requests,
            only: Handler.selling)
        requestsRejectedTotal = catalogue.counter(
            "http_requests_rejected_total",
            "Requests turned away before their handler, and idle connections closed for new ones.")
        connectionsOpen = catalogue.gauge("http_connections_open", "Client connections open.")
        connectionsMax = catalogue.gauge("http_connections_max", "Client connections allowed.")
        connectionsTotal = catalogue.counter("http_connections_total", "Client connections accepted.")
        resourceUtilizationRatio = catalogue.reading(
            "resource_utilization_ratio", "How much of a resource is in use, from 0 to 1.", unit: .ratio)
    }
}
