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
        _ answer: borrowing Answer, date: String, requestID: String, keptFor idleTimeout: Duration?,
        trace: TraceParent? = nil
    ) {
        let status = answer.status
        let fields = answer.fields
        var own = 0
        for place in fields.indices { own += HeadWriter.length(fields[place].0, fields[place].1) }
        let capacity = HeadWriter.commonLength + status.reasonPhrase.utf8.count + requestID.utf8.count + own
        self = ByteBufferAllocator().buffer(capacity: capacity + answer.body.readableBytes)
        writeWithUnsafeMutableBytes(minimumWritableBytes: capacity) { memory in
            var head = HeadWriter(memory)
            head.write("HTTP/1.1 ")
            head.write(decimal: Int(status.code))
            head.write(" ")
            head.write(status.reasonPhrase)
            head.write("\r\n")
            // By its place, no field is copied.
            for place in fields.indices { head.write(fields[place].0, fields[place].1) }
            // RFC 9110, section 8.6: 204 has no length, and that of 304 would be the unchanged body's.
            if status != .notModified, status != .noContent, !answer.isEndless {
                head.write("Content-Length: ")
                head.write(decimal: answer.body.readableBytes)
                head.write("\r\n")
            }
            head.write("X-Request-Id: ")
            head.write(requestID)
            head.write("\r\nDate: ")
            head.write(date)
            if let trace {
                head.write("\r\ntraceresponse: ")
                trace.bytes.span.withUnsafeBytes { head.write($0) }
            }
            if let idleTimeout {
                head.write("\r\nConnection: keep-alive\r\nKeep-Alive: timeout=")
                head.write(decimal: Int(idleTimeout.components.seconds))
                head.write("\r\n\r\n")
            } else {
                head.write("\r\nConnection: close\r\n\r\n")
            }
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
        let isContiguous: Void? = text.utf8.withContiguousStorageIfAvailable { write(UnsafeRawBufferPointer($0)) }
        precondition(isContiguous != nil, "a text of Swift's own is contiguous")
    }

    /// Writes a number that is not negative.
    mutating func write(decimal number: Int) {
        var divisor = 1
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            write(byte: 0x30 + UInt8(truncatingIfNeeded: number / divisor % 10))
            divisor /= 10
        }
    }

    private mutating func write(byte: UInt8) {
        precondition(count < memory.count, "the head of an answer needs more room than it said")
        memory[count] = byte
        count += 1
    }

    mutating func write(_ bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count <= memory.count - count, "the head of an answer needs more room than it said")
        guard let source = bytes.baseAddress, let target = memory.baseAddress else { return }
        (target + count).copyMemory(from: source, byteCount: bytes.count)
        count += bytes.count
    }
}
