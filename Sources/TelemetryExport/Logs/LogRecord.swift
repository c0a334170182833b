// One event of the log as a collector reads it: opentelemetry.proto.logs.v1.LogRecord.

internal import Logging
internal import Telemetry
internal import Textbook

/// A record in its wire form, with the name of its logger.
struct LogRecord: Sendable {
    /// Names of the record's own attributes. A field with such a name gets an underscore appended.
    private static let ownNames: Set<String> = [
        "code.function.name", "code.file.path", "code.line.number", "exception.message", "exception.type",
        "flashsale.log.sampled",
    ]

    let logger: String
    let bytes: [UInt8]

    /// - Parameters:
    ///   - fields: all metadata, merged.
    ///   - dropped: how many lines of this kind were dropped since the last one that was written.
    init(
        _ event: LogEvent, fields: Logger.Metadata, logger: String, userID: LogSettings.UserIDForm, at time: UTCTime,
        dropped: Int
    ) {
        self.logger = logger
        var record = ProtobufWriter(capacity: 512)
        record.fixed64(1, time.nanosecondsSince1970)
        record.integer(2, event.level.severityNumber)
        record.text(3, event.level.rawValue)
        record.message(5) { body in
            body.choice(1, text: LogAttributeValue.cut(event.message.description, to: LogLimits.fieldBytes))
        }
        if event.level >= .warning {
            record.attribute(6, "code.function.name", .text(event.function))
            record.attribute(6, "code.file.path", .text(event.file))
            record.attribute(6, "code.line.number", .integer(Int64(event.line)))
        }
        if let error = event.error {
            let text = LogAttributeValue.cut("\(error)", to: LogLimits.fieldBytes)
            record.attribute(6, "exception.message", .text(text))
            record.attribute(6, "exception.type", .text(String(reflecting: type(of: error))))
        }
        if dropped > 0 { record.attribute(6, "flashsale.log.sampled", .integer(Int64(dropped))) }
        Self.write(fields, userID, to: &record)
        record.fixed64(11, time.nanosecondsSince1970)
        bytes = record.bytes
    }

    /// Writes the trace's ids into their fields, and the other fields as attributes while there is room.
    private static func write(
        _ fields: Logger.Metadata, _ userID: LogSettings.UserIDForm, to record: inout ProtobufWriter
    ) {
        let shown = LogFields(fields, userID: userID, besides: ownNames)
        var leftOut = fields.count - shown.members.count
        for (name, value) in shown.members {
            if case .stringConvertible(let id) = value, write(id, to: &record) { continue }
            let room = min(LogLimits.fieldBytes, ExportLimits.recordBytes - record.bytes.count - name.utf8.count)
            guard room > 0 else {
                leftOut += 1
                continue
            }
            record.message(6) { pair in
                pair.text(1, name)
                pair.message(2) { any in
                    var attribute = LogAttributeValue(room: room)
                    attribute.write(value, depth: 1, to: &any)
                }
            }
        }
        record.integer(7, max(0, leftOut))
    }

    /// Whether the value is one that a record has a place for.
    private static func write(_ value: any CustomStringConvertible & Sendable, to record: inout ProtobufWriter) -> Bool
    {
        switch value {
        case let flags as TraceFlags: record.fixed32(8, UInt32(flags.rawValue))
        case let trace as TraceID: record.id(9, trace)
        case let span as SpanID: record.id(10, span)
        default: return false
        }
        return true
    }
}

extension Logger.Level {
    /// The severity by OpenTelemetry's numbers: a notice is between info and warning, critical is fatal.
    fileprivate var severityNumber: Int {
        switch self {
        case .trace: 1
        case .debug: 5
        case .info: 9
        case .notice: 10
        case .warning: 13
        case .error: 17
        case .critical: 21
        }
    }
}
