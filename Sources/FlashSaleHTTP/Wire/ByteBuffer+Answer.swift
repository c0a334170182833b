// Writes an answer as HTTP/1.1. Fields that a client gave have been checked, so none can break a line.

internal import NIOCore
internal import NIOHTTP1
internal import Telemetry

extension ByteBuffer {
    /// The head of an answer, with room for its body behind it.
    ///
    /// - Parameters:
    ///   - idleTimeout: how long the connection waits for its next request; nil if this answer is its last.
    ///   - trace: the span of the request, if there is one.
    init(
        _ answer: Answer, date: String, requestID: String, keptFor idleTimeout: Duration?, trace: TraceParent? = nil
    ) {
        let own = answer.fields.reduce(0) { $0 + HeadWriter.length($1.0, $1.1) }
        let capacity = HeadWriter.commonLength + answer.status.reasonPhrase.utf8.count + requestID.utf8.count + own
        self = ByteBufferAllocator().buffer(capacity: capacity + answer.body.readableBytes)
        writeWithUnsafeMutableBytes(minimumWritableBytes: capacity) { memory in
            var head = HeadWriter(memory)
            head.write("HTTP/1.1 ")
            head.write(String(answer.status.code))
            head.write(" ")
            head.write(answer.status.reasonPhrase)
            head.write("\r\n")
            for (name, value) in answer.fields { head.write(name, value) }
            // RFC 9110, section 8.6: 204 has no length, and that of 304 would be the unchanged body's.
            if answer.status != .notModified, answer.status != .noContent {
                head.write("Content-Length", String(answer.body.readableBytes))
            }
            head.write("X-Request-Id", requestID)
            head.write("Date", date)
            if let trace {
                head.write("traceresponse: ")
                trace.bytes.span.withUnsafeBytes { head.write($0) }
                head.write("\r\n")
            }
            if let idleTimeout {
                head.write("Connection: keep-alive\r\nKeep-Alive: timeout=")
                head.write(String(idleTimeout.components.seconds))
                head.write("\r\n")
            } else {
                head.write("Connection: close\r\n")
            }
            head.write("\r\n")
            return head.count
        }
    }
}

/// Writes to memory with room for the whole head. The room is reserved once, not once a word.
private struct HeadWriter {
    /// More bytes than the lines of any answer need, without the texts of varying length.
    static let commonLength = 384

    private let memory: UnsafeMutableRawBufferPointer
    /// Bytes written.
    private(set) var count = 0

    init(_ memory: UnsafeMutableRawBufferPointer) {
        self.memory = memory
    }

    /// The bytes of a field's line.
    static func length(_ name: String, _ value: String) -> Int { name.utf8.count + value.utf8.count + 4 }

    mutating func write(_ name: String, _ value: String) {
        write(name)
        write(": ")
        write(value)
        write("\r\n")
    }

    mutating func write(_ text: StaticString) {
        write(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func write(_ text: String) {
        var text = text
        text.withUTF8 { write(UnsafeRawBufferPointer($0)) }
    }

    mutating func write(_ bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count <= memory.count - count, "the head of an answer needs more room than it said")
        UnsafeMutableRawBufferPointer(rebasing: memory[count...]).copyMemory(from: bytes)
        count += bytes.count
    }
}
