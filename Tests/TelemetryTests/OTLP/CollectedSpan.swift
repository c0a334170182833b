// A span as a collector reads it from the bytes of an ExportTraceServiceRequest.

@testable import TelemetryExport

struct CollectedSpan {
    var traceID: [UInt8] = []
    var id: [UInt8] = []
    var parent: [UInt8] = []
    var name = ""
    var kind: UInt64 = 0
    var start: UInt64 = 0
    var end: UInt64 = 0
    var state = ""
    var flags: UInt32 = 0
    /// All values as text.
    var attributes: [String: String] = [:]
    var events: [String] = []
    var linkedTraces: [[UInt8]] = []
    var status: UInt64 = 0

    /// The resource's attributes and the spans of a request.
    static func read(_ bytes: [UInt8]) throws -> (resource: [String: String], spans: [CollectedSpan]) {
        var resource: [String: String] = [:]
        var spans: [CollectedSpan] = []
        for resourceSpans in try messages(1, in: bytes) {
            for message in try messages(1, in: resourceSpans) {
                for pair in try messages(1, in: message) { try read(pair, into: &resource) }
            }
            for scope in try messages(2, in: resourceSpans) {
                spans += try messages(2, in: scope).map { try CollectedSpan($0) }
            }
        }
        return (resource, spans)
    }

    private init(_ bytes: [UInt8]) throws {
        for field in try Self.fields(bytes) {
            switch field {
            case (1, .bytes(let value)): traceID = value
            case (2, .bytes(let value)): id = value
            case (3, .bytes(let value)): state = String(decoding: value, as: UTF8.self)
            case (4, .bytes(let value)): parent = value
            case (5, .bytes(let value)): name = String(decoding: value, as: UTF8.self)
            case (6, .integer(let value)): kind = value
            case (7, .fixed64(let value)): start = value
            case (8, .fixed64(let value)): end = value
            case (9, .bytes(let value)): try Self.read(value, into: &attributes)
            case (11, .bytes(let value)):
                events += try Self.messages(2, in: value).map { String(decoding: $0, as: UTF8.self) }
            case (13, .bytes(let value)): linkedTraces += try Self.messages(1, in: value)
            case (15, .bytes(let value)):
                for case (3, .integer(let code)) in try Self.fields(value) { status = code }
            case (16, .fixed32(let value)): flags = value
            default: throw Malformed()
            }
        }
    }

    private static func read(_ pair: [UInt8], into attributes: inout [String: String]) throws {
        var name = ""
        for field in try fields(pair) {
            switch field {
            case (1, .bytes(let text)): name = String(decoding: text, as: UTF8.self)
            case (2, .bytes(let any)):
                let value = try fields(any)
                guard value.count == 1 else { throw Malformed() }
                switch value[0] {
                case (1, .bytes(let text)): attributes[name] = String(decoding: text, as: UTF8.self)
                case (2, .integer(let flag)): attributes[name] = flag == 0 ? "false" : "true"
                case (3, .integer(let number)): attributes[name] = String(Int64(bitPattern: number))
                case (4, .fixed64(let bits)): attributes[name] = Double(bitPattern: bits).description
                default: throw Malformed()
                }
            default: throw Malformed()
            }
        }
    }

    private static func messages(_ number: Int, in bytes: [UInt8]) throws -> [[UInt8]] {
        try fields(bytes).compactMap { field in
            if case (number, .bytes(let message)) = field { message } else { nil }
        }
    }

    private static func fields(_ bytes: [UInt8]) throws -> [(number: Int, value: ProtobufReader.Value)] {
        guard let fields = ProtobufReader.fields(of: bytes) else { throw Malformed() }
        return fields
    }

    struct Malformed: Error {}
}
