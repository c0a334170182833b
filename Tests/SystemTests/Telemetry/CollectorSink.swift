// The tests' own collector: accepts the service's exports, and reads the spans with code that shares nothing with the
// writer.

import Foundation
import NIOHTTP1
import Synchronization

/// A span as it arrived: ids in bytes, and all attributes that are texts.
struct SinkSpan: Sendable {
    let traceID: [UInt8]
    let id: [UInt8]
    let parent: [UInt8]
    let name: String
    let kind: UInt64
    let texts: [String: String]

    /// Fields 1, 2, 4, 5, 6 and 9 of an opentelemetry.proto.trace.v1.Span.
    init(_ bytes: ArraySlice<UInt8>) {
        let fields = WireFields(bytes)
        traceID = Array(fields.bytes(1).first ?? [])
        id = Array(fields.bytes(2).first ?? [])
        parent = Array(fields.bytes(4).first ?? [])
        name = String(decoding: fields.bytes(5).first ?? [], as: UTF8.self)
        kind = fields.numbers[6] ?? 0
        let pairs = fields.bytes(9).map { pair in
            let pair = WireFields(pair)
            let value = WireFields(pair.bytes(2).first ?? []).bytes(1).first ?? []
            return (String(decoding: pair.bytes(1).first ?? [], as: UTF8.self), String(decoding: value, as: UTF8.self))
        }
        texts = Dictionary(pairs) { first, _ in first }
    }
}

/// The fields of a message by number. A malformed message traps the test.
private struct WireFields {
    private var parts: [UInt64: [ArraySlice<UInt8>]] = [:]
    private(set) var numbers: [UInt64: UInt64] = [:]

    init(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        func varint() -> UInt64 {
            var (value, shift): (UInt64, UInt64) = (0, 0)
            while true {
                let byte = rest.removeFirst()
                value |= UInt64(byte & 0x7F) << shift
                if byte < 0x80 { return value }
                shift += 7
            }
        }
        while !rest.isEmpty {
            let key = varint()
            switch key & 7 {
            case 0: numbers[key >> 3] = varint()
            case 1: rest.removeFirst(8)
            case 2:
                let count = Int(varint())
                parts[key >> 3, default: []].append(rest.prefix(count))
                rest.removeFirst(count)
            default: rest.removeFirst(4)
            }
        }
    }

    func bytes(_ number: UInt64) -> [ArraySlice<UInt8>] { parts[number] ?? [] }
}

/// Listens on a free port and keeps all requests.
final class CollectorSink: Sendable {
    private let bodies = Mutex<[[UInt8]]>([])

    static func with(_ body: (CollectorSink, Int) async throws -> Void) async throws {
        let sink = CollectorSink()
        let server = try await StatusServer.start { bytes in
            sink.bodies.withLock { $0.append(bytes) }
            return .ok
        }
        do {
            try await body(sink, server.port)
        } catch {
            try await server.stop()
            throw error
        }
        try await server.stop()
    }

    /// The last requests that came, unpacked.
    func requests(last count: Int = .max) throws -> [[UInt8]] {
        try bodies.withLock { $0 }.suffix(count).map { try Self.gunzip($0) }
    }

    /// The spans of requests.
    static func spans(of requests: [[UInt8]]) -> [SinkSpan] {
        requests.flatMap { body in
            WireFields(body[...]).bytes(1).flatMap { WireFields($0).bytes(2) }
                .flatMap { WireFields($0).bytes(2) }.map { SinkSpan($0) }
        }
    }

    /// Decompresses with Debian's own program.
    private static func gunzip(_ bytes: [UInt8]) throws -> [UInt8] {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).gz")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(bytes).write(to: file)
        let program = Process()
        program.executableURL = URL(fileURLWithPath: "/bin/gzip")
        program.arguments = ["-dc", file.path]
        let output = Pipe()
        program.standardOutput = output
        try program.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        program.waitUntilExit()
        guard program.terminationStatus == 0 else { throw NotGzip() }
        return Array(data)
    }

    struct NotGzip: Error {}
}
