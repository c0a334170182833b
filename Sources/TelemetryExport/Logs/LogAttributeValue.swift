// A field of a log record: any metadata as an AnyValue of OTLP, within its share of the record.

internal import Logging

/// One field's value within its share of bytes.
struct LogAttributeValue {
    /// Bytes that are left.
    var room: Int

    mutating func write(_ value: Logger.MetadataValue, depth: Int, to any: inout ProtobufWriter) {
        switch value {
        case .string(let text): write(text, to: &any)
        case .stringConvertible(let value): write(value, to: &any)
        case .array(let values):
            any.message(5) { array in
                for value in values where depth < LogLimits.depth && room > 0 {
                    array.message(1) { write(value, depth: depth + 1, to: &$0) }
                }
            }
        case .dictionary(let members):
            any.message(6) { list in
                for name in members.keys.sorted() where depth < LogLimits.depth && room > name.utf8.count {
                    let value = LogRedaction.isSecret(name) ? .string(LogRedaction.replacement) : members[name]
                    room -= name.utf8.count
                    list.message(1) { pair in
                        pair.text(1, name)
                        pair.message(2) { write(value ?? "", depth: depth + 1, to: &$0) }
                    }
                }
            }
        }
    }

    /// Numbers and truth values keep their type; every other value is a text, its description.
    private mutating func write(_ value: any CustomStringConvertible & Sendable, to any: inout ProtobufWriter) {
        room -= 9
        switch value {
        case let truth as Bool: any.choice(2, integer: truth ? 1 : 0)
        case let number as Double: any.choice(4, number: number)
        case let number as any FixedWidthInteger:
            guard let number = Int64("\(number)") else { return write("\(number)", to: &any) }
            any.choice(3, integer: UInt64(bitPattern: number))
        default: write(value.description, to: &any)
        }
    }

    private mutating func write(_ text: String, to any: inout ProtobufWriter) {
        let cut = Self.cut(text, to: max(0, room))
        room -= cut.utf8.count + 2
        any.choice(1, text: cut)
    }

    /// The text, or its beginning, at a whole scalar.
    static func cut(_ text: String, to byteCountMax: Int) -> String {
        guard text.utf8.count > byteCountMax else { return text }
        var end = text.utf8.index(text.startIndex, offsetBy: byteCountMax)
        while end.samePosition(in: text.unicodeScalars) == nil { end = text.utf8.index(before: end) }
        return String(text[..<end])
    }
}
