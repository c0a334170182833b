// One line of the log: what an event looks like as JSON. No clock, no output.

internal import Logging
internal import Telemetry

/// Writes events as one JSON object a line.
struct LogLine {
    /// Names that the line gives to itself. A field of such a name gets an underscore behind it.
    private static let baseNames: Set<String> = [
        "timestamp", "level", "message", "logger", "module", "function", "file", "line", "error", "error_type",
        "sampled", "truncated",
    ]

    let logger: String
    let userID: LogSettings.UserIDForm

    /// The line, line feed included.
    ///
    /// - Parameters:
    ///   - fields: all metadata, merged.
    ///   - dropped: how many lines of this kind were not written since the last one that was.
    func encode(_ event: LogEvent, fields: Logger.Metadata, at time: RealTime, dropped: Int) -> [UInt8] {
        var json = JSONText(capacity: 512)
        var isTruncated = false
        json.append("{")
        json.append(key: "timestamp")
        json.append(timestamp: time)
        json.append(key: "level")
        json.append(string: event.level.rawValue)
        json.append(key: "message")
        isTruncated = json.append(string: event.message.description, byteCountMax: LogLimits.fieldBytes)
        json.append(key: "logger")
        json.append(string: logger)
        if event.level >= .warning {
            json.append(key: "module")
            json.append(string: event.source)
            json.append(key: "function")
            json.append(string: event.function)
            json.append(key: "file")
            json.append(string: event.file)
            json.append(key: "line")
            json.append(decimal: event.line)
        }
        if let error = event.error {
            json.append(key: "error")
            isTruncated = json.append(string: "\(error)", byteCountMax: LogLimits.fieldBytes) || isTruncated
            json.append(key: "error_type")
            json.append(string: String(reflecting: type(of: error)))
        }
        isTruncated = append(fields, to: &json) || isTruncated
        if dropped > 0 {
            json.append(key: "sampled")
            json.append(decimal: dropped)
        }
        if isTruncated {
            json.append(key: "truncated")
            json.append("true")
        }
        json.append("}\n")
        return json.bytes
    }

    /// Appends the fields in order of their names. Returns whether any was cut or left out.
    private func append(_ fields: Logger.Metadata, to json: inout JSONText) -> Bool {
        let fields = LogFields(fields, userID: userID, besides: Self.baseNames)
        var isTruncated = fields.isTruncated
        for (name, value) in fields.members {
            json.append(key: name)
            var field = LogFieldValue(end: json.bytes.count + LogLimits.fieldBytes)
            field.append(value, depth: 1, to: &json)
            isTruncated = field.isTruncated || isTruncated
        }
        return isTruncated
    }
}
