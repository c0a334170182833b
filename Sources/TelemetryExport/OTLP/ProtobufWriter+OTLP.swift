// The messages that all signals share: opentelemetry.proto.common.v1 and opentelemetry.proto.resource.v1.

internal import Telemetry

extension ProtobufWriter {
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

/// A part of a trace's or a span's id as OTLP has it.
func bigEndianBytes(_ number: UInt64) -> [UInt8] {
    withUnsafeBytes(of: number.bigEndian) { Array($0) }
}
