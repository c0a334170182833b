// The variables of OpenTelemetry's specification that this service does not go by.

enum UnreadVariables {
    /// Their names, with the values that ask for what the service does anyway.
    private static let all: [String: Set<String>] = [
        "OTEL_ATTRIBUTE_COUNT_LIMIT": [], "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT": [], "OTEL_CONFIG_FILE": [],
        "OTEL_ENTITIES": [], "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT": [], "OTEL_EXPERIMENTAL_CONFIG_FILE": [],
        "OTEL_EXPORTER_OTLP_INSECURE": [],
        "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION": ["explicit_bucket_histogram"],
        "OTEL_EXPORTER_PROMETHEUS_HOST": [], "OTEL_EXPORTER_PROMETHEUS_PORT": [], "OTEL_EXPORTER_ZIPKIN_ENDPOINT": [],
        "OTEL_EXPORTER_ZIPKIN_TIMEOUT": [], "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT": [],
        "OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT": [], "OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT": [],
        "OTEL_LOG_LEVEL": [], "OTEL_METRICS_EXEMPLAR_FILTER": ["trace_based"],
        "OTEL_PROPAGATORS": ["tracecontext,baggage", "baggage,tracecontext", "tracecontext"],
        "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": [], "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT": [],
        "OTEL_SPAN_EVENT_COUNT_LIMIT": [], "OTEL_SPAN_LINK_COUNT_LIMIT": [],
    ]

    /// A sentence about those that ask for something else; nil if there are none.
    static func warning(about environment: [String: String]) -> String? {
        let names = all.compactMap { name, values -> String? in
            guard let text = environment[name], !text.isEmpty else { return nil }
            return values.contains(text.lowercased().filter { $0 != " " }) ? nil : name
        }
        return names.isEmpty ? nil : "the service does not read \(names.sorted().joined(separator: ", "))"
    }
}
