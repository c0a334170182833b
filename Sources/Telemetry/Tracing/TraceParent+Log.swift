// How log lines find their request and their trace.

public import Logging

extension TraceParent {
    /// The fields that lines carry within the span: OpenTelemetry's names for logs that are not sent by OTLP.
    public var logMetadata: Logger.Metadata {
        [
            "trace_id": .stringConvertible(traceID), "span_id": .stringConvertible(spanID),
            "trace_flags": .stringConvertible(flags),
        ]
    }
}
