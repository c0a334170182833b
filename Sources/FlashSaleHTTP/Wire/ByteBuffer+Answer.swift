// An answer as HTTP/1.1 writes it. Its fields are ours, or checked where a client gave them: none can break a line.

internal import NIOCore
internal import NIOHTTP1
internal import Telemetry

extension ByteBuffer {
    /// Room for the fields of most answers.
    private static let headCapacity = 320

    /// The head of an answer, with room for its body behind it.
    ///
    /// - Parameter trace: the span that the answer comes from, if there is one.
    init(_ answer: Answer, date: String, requestID: String, isLast: Bool, trace: TraceParent? = nil) {
        self = ByteBufferAllocator().buffer(capacity: Self.headCapacity + answer.body.readableBytes)
        writeStaticString("HTTP/1.1 ")
        writeString(String(answer.status.code))
        writeStaticString(" ")
        writeString(answer.status.reasonPhrase)
        writeStaticString("\r\n")
        for (name, value) in answer.fields { writeField(name, value) }
        if answer.status != .notModified { writeField("Content-Length", String(answer.body.readableBytes)) }
        writeField("X-Request-Id", requestID)
        writeField("Date", date)
        if let trace {
            writeStaticString("traceresponse: ")
            trace.bytes.span.withUnsafeBytes { _ = writeBytes($0) }
            writeStaticString("\r\n")
        }
        if isLast { writeField("Connection", "close") }
        writeStaticString("\r\n")
    }

    private mutating func writeField(_ name: String, _ value: String) {
        writeString(name)
        writeStaticString(": ")
        writeString(value)
        writeStaticString("\r\n")
    }
}
