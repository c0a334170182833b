// A field of a log line: any metadata as JSON, within its share of the line.

internal import Logging
internal import Textbook

/// One field's value within its share of bytes.
struct LogFieldValue {
    /// Room to close the open containers, and for the shortest value.
    private static let reserve = 64

    /// The size of the line at which the field must end.
    let end: Int
    var isTruncated = false

    mutating func append(_ value: Logger.MetadataValue, depth: Int, to json: inout JSONWriter) {
        switch value {
        case .string(let text): append(text, to: &json)
        case .stringConvertible(let value): append(value, to: &json)
        case .array(let values):
            json.beginArray()
            for value in values {
                guard hasRoom(in: json, depth: depth) else { break }
                append(value, depth: depth + 1, to: &json)
            }
            json.endArray()
        case .dictionary(let members):
            json.beginObject()
            for name in members.keys.sorted() {
                guard hasRoom(in: json, depth: depth, forKey: name) else { break }
                json.key(escaping: name)
                if LogRedaction.isSecret(name) {
                    json.string(LogRedaction.replacement)
                } else if let value = members[name] {
                    append(value, depth: depth + 1, to: &json)
                }
            }
            json.endObject()
        }
    }

    /// Numbers and truth values are JSON's own; every other value is a string, its description.
    private mutating func append(_ value: any CustomStringConvertible & Sendable, to json: inout JSONWriter) {
        // The most frequent types come first: it takes long to find out whether a type is any integer.
        switch value {
        case let number as Int: json.integer(number)
        case let number as Double where number.isFinite: json.literal(number.description)
        case let truth as Bool: json.bool(truth)
        case let number as any FixedWidthInteger: json.literal(number.description)
        default: append(value.description, to: &json)
        }
    }

    private mutating func append(_ text: String, to json: inout JSONWriter) {
        if json.string(text, byteCountMax: max(0, end - json.bytes.count)) { isTruncated = true }
    }

    /// Whether another member fits. An escaped key takes up to six times its bytes.
    private mutating func hasRoom(in json: JSONWriter, depth: Int, forKey key: String = "") -> Bool {
        let hasRoom = depth < LogLimits.depth && json.bytes.count + key.utf8.count * 6 + Self.reserve <= end
        if !hasRoom { isTruncated = true }
        return hasRoom
    }
}
