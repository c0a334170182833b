// One line of the log: an event as JSON. No clock, no output.

internal import Logging
internal import Telemetry

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
    func encode(_ event: LogEvent, fields: Logger.Metadata, at time: RealTime, dropped: Int) -> [UInt8] {
        var json = JSONText(capacity: Self.usualBytes)
        var isTruncated = begin(event.level, event.message.description, at: time, in: &json)
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
        end(dropped: dropped, isTruncated: isTruncated, in: &json)
        return json.bytes
    }

    /// The line of a request, whose fields are known and short.
    func encode(_ request: RequestLine, at time: RealTime, dropped: Int) -> [UInt8] {
        var json = JSONText(capacity: Self.usualBytes)
        begin(.info, RequestLine.message, at: time, in: &json)
        request.forEachField { name, value in
            json.append(key: name)
            switch value {
            case .text(let text): json.append(string: text)
            case .integer(let integer): json.append(decimal: integer)
            case .number(let number): json.append(literal: number.description)
            case .flag(let flag): json.append(literal: flag.description)
            }
        }
        if let buyer = request.userID.flatMap(userID.shown) {
            json.append(key: "user_id")
            json.append(string: buyer)
        }
        if let trace = request.trace {
            json.append(key: "trace_id")
            json.append(string: trace.traceID.description)
            json.append(key: "span_id")
            json.append(string: trace.spanID.description)
            json.append(key: "trace_flags")
            json.append(string: trace.flags.description)
        }
        end(dropped: dropped, isTruncated: false, in: &json)
        return json.bytes
    }

    /// Appends the beginning of every line. Returns whether the message was cut.
    @discardableResult
    private func begin(_ level: Logger.Level, _ message: String, at time: RealTime, in json: inout JSONText) -> Bool {
        json.append("{")
        json.append(key: "timestamp")
        json.append(timestamp: time)
        json.append(key: "level")
        json.append(string: level.rawValue)
        json.append(key: "message")
        let isTruncated = json.append(string: message, byteCountMax: LogLimits.fieldBytes)
        json.append(key: "logger")
        json.append(string: logger)
        return isTruncated
    }

    private func end(dropped: Int, isTruncated: Bool, in json: inout JSONText) {
        if dropped > 0 {
            json.append(key: "sampled")
            json.append(decimal: dropped)
        }
        if isTruncated {
            json.append(key: "truncated")
            json.append("true")
        }
        json.append("}\n")
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
