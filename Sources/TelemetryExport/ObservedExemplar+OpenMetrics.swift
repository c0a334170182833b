// How OpenMetrics writes an exemplar.

internal import Telemetry

extension ObservedExemplar {
    /// ` # {trace_id="0af7651916cd43dd8448eb211c80319c",span_id="b7ad6b7169203331"} 0.004 1795217801.964`
    func append(to text: inout [UInt8]) {
        text += #" # {trace_id=""#.utf8
        Self.append(hexadecimal: exemplar.traceIDHigh, to: &text)
        Self.append(hexadecimal: exemplar.traceIDLow, to: &text)
        text += #"",span_id=""#.utf8
        Self.append(hexadecimal: exemplar.spanID, to: &text)
        text += #""} "#.utf8
        value.append(to: &text)
        text.append(0x20)
        let milliseconds = Int64(time * 1_000)
        text.append(decimal: milliseconds / 1_000)
        text.append(0x2E)
        text.append(decimal: Int(milliseconds % 1_000), width: 3)
    }

    private static func append(hexadecimal value: UInt64, to text: inout [UInt8]) {
        for shift in stride(from: 60, through: 0, by: -4) {
            let digit = UInt8(truncatingIfNeeded: value >> UInt64(shift)) & 0xF
            text.append(digit < 10 ? 0x30 + digit : 0x61 + digit - 10)
        }
    }
}
