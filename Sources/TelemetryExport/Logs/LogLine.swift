// One line of the log: an event as JSON. No clock, no output.

internal import Logging
internal import Telemetry
internal import Textbook

/// Writes events as one JSON object a line.
struct LogLine {
    /// Names of the line's own fields. Another field with such a name gets an underscore appended.
    private static let baseNames: Set<String> = [
        "timestamp", "level", "message", "logger", "module", "function", "file", "line", "error", "error_type",
        "sampled", "truncated",
    ]

    /// Most lines are shorter than this.
    private static let usualBytes = 512

    let logger: String
    let userID: LogSettings.UserIDForm

    /// The line, line feed included.
    ///
    /// - Parameters:
    ///   - fields: all metadata, merged.
    ///   - dropped: how many lines of this kind were dropped since the last one that was written.
    func encode(_ event: LogEvent, fields: Logger.Metadata, at time: UTCTime, dropped: Int) -> [UInt8] {
        var json = JSONWriter(capacity: Self.usualBytes)
        var isTruncated = begin(event.level, event.message.description, at: time, in: &json)
        if event.level >= .warning {
            json.field("module", event.source)
            json.field("function", event.function)
            json.field("file", event.file)
            json.field("line", event.line)
        }
        if let error = event.error {
            json.key("error")
            isTruncated = json.string("\(error)", byteCountMax: LogLimits.fieldBytes) || isTruncated
            json.field("error_type", String(reflecting: type(of: error)))
        }
        isTruncated = append(fields, to: &json) || isTruncated
        end(dropped: dropped, isTruncated: isTruncated, in: &json)
        return json.bytes
    }

    /// The line of a request, whose fields are known and short.
    func encode(_ request: RequestLine, at time: UTCTime, dropped: Int) -> [UInt8] {
        var json = JSONWriter(capacity: Self.usualBytes)
        begin(.info, RequestLine.message, at: time, in: &json)
        request.forEachField { name, value in
            json.key(escaping: name)
            switch value {
            case .text(let text): json.string(text)
            case .integer(let integer): json.integer(integer)
            case .number(let number): json.literal(number.description)
            case .flag(let flag): json.bool(flag)
            }
        }
        if let buyer = request.userID.flatMap(userID.shown) {
            json.field("user_id", buyer)
        }
        if let trace = request.trace {
            json.field("trace_id", trace.traceID.description)
            json.field("span_id", trace.spanID.description)
            json.field("trace_flags", trace.flags.description)
        }
        end(dropped: dropped, isTruncated: false, in: &json)
        return json.bytes
    }

    /// Appends the beginning of every line. Returns whether the message was cut.
    @discardableResult
    private func begin(_ level: Logger.Level, _ message: String, at time: UTCTime, in json: inout JSONWriter) -> Bool {
        json.beginObject()
        json.key("timestamp")
        json.time(time, fractionDigits: 9)
        json.field("level", level.rawValue)
        json.key("message")
        let isTruncated = json.string(message, byteCountMax: LogLimits.fieldBytes)
        json.field("logger", logger)
        return isTruncated
    }

    private func end(dropped: Int, isTruncated: Bool, in json: inout JSONWriter) {
        if dropped > 0 {
            json.field("sampled", dropped)
        }
        if isTruncated {
            json.field("truncated", true)
        }
        json.endObject()
        json.endLine()
    }

    /// Appends the fields in order of their names. Returns whether any was cut or left out.
    private func append(_ fields: Logger.Metadata, to json: inout JSONWriter) -> Bool {
        let fields = LogFields(fields, userID: userID, besides: Self.baseNames)
        var isTruncated = fields.isTruncated
        for (name, value) in fields.members {
            json.key(escaping: name)
            var field = LogFieldValue(end: json.bytes.count + LogLimits.fieldBytes)
            field.append(value, depth: 1, to: &json)
            isTruncated = field.isTruncated || isTruncated
        }
        return isTruncated
    }
}
