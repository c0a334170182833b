// How log lines find their request and their trace.

public import Logging

extension Trace {
    /// The fields that the lines of a request carry: OpenTelemetry's names for logs that are not sent by OTLP.
    public var logMetadata: Logger.Metadata {
        let context = context
        var fields: Logger.Metadata = [
            "trace_id": .stringConvertible(context.traceID), "span_id": .stringConvertible(context.spanID),
            "trace_flags": .stringConvertible(context.flags),
        ]
        if !requestID.isEmpty { fields["request_id"] = .string(requestID) }
        return fields
    }
}
