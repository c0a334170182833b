// Writes an exemplar as OpenMetrics defines it.

internal import Telemetry
internal import Textbook

extension ObservedExemplar {
    /// ` # {trace_id="0af7651916cd43dd8448eb211c80319c",span_id="b7ad6b7169203331"} 0.004 1795217801.964`
    func append(to text: inout [UInt8]) {
        let (trace, span) = (
            TraceID(high: exemplar.traceIDHigh, low: exemplar.traceIDLow), SpanID(exemplar.spanID)
        )
        text += #" # {trace_id="\#(trace)",span_id="\#(span)"} "#.utf8
        value.append(to: &text)
        text.append(0x20)
        let milliseconds = Int64(time * 1_000)
        text.append(decimal: milliseconds / 1_000)
        text.append(0x2E)
        text.append(decimal: Int(milliseconds % 1_000), width: 3)
    }
}
