// How log lines find their request and their trace.

public import Logging

extension Trace {
    /// The fields that lines carry within the trace: OpenTelemetry's names for logs that are not sent by OTLP.
    public var logMetadata: Logger.Metadata {
        let context = context
        return [
            "trace_id": .stringConvertible(context.traceID), "span_id": .stringConvertible(context.spanID),
            "trace_flags": .stringConvertible(context.flags),
        ]
    }
}
