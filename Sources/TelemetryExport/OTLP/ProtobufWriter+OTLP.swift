// The messages that all signals share: opentelemetry.proto.common.v1 and opentelemetry.proto.resource.v1.

internal import Telemetry

extension ProtobufWriter {
    /// A trace's id as bytes, the form of OTLP.
    mutating func id(_ field: Int, _ id: TraceID) { bigEndian(field, (id.high.bigEndian, id.low.bigEndian)) }

    /// A span's id.
    mutating func id(_ field: Int, _ id: SpanID) { bigEndian(field, id.value.bigEndian) }

    private mutating func bigEndian(_ field: Int, _ words: some BitwiseCopyable) {
        withUnsafeBytes(of: words) { text(field, $0) }
    }

    /// A `Resource`.
    mutating func resource(_ field: Int, _ resource: TelemetryResource) {
        message(field) { message in
            for attribute in resource.attributes { message.attribute(1, attribute.name, .text(attribute.value)) }
        }
    }

    /// A `KeyValue`.
    mutating func attribute(_ field: Int, _ name: String, _ value: AttributeValue) {
        message(field) { pair in
            pair.text(1, name)
            pair.message(2) { any in
                switch value {
                case .text(let text): any.choice(1, text: text)
                case .flag(let flag): any.choice(2, integer: flag ? 1 : 0)
                case .integer(let integer): any.choice(3, integer: UInt64(bitPattern: integer))
                case .number(let number): any.choice(4, number: number)
                }
            }
        }
    }
}
