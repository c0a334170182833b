// The fields by which log lines find their request and their trace.

public import Logging

extension TraceParent {
    /// The fields of lines within the span, by OpenTelemetry's names for logs outside of OTLP.
    public var logMetadata: Logger.Metadata {
        [
            "trace_id": .stringConvertible(traceID), "span_id": .stringConvertible(spanID),
            "trace_flags": .stringConvertible(flags),
        ]
    }
}
