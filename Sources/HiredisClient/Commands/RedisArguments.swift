// Arguments in their wire form, written once, straight into a buffer, for the calls on the hot path.

internal import NIOCore

/// The keys and values of a script call, each a RESP bulk string.
public struct RedisArguments: Sendable {
    /// How many arguments there are.
    public private(set) var count = 0
    private(set) var buffer: ByteBuffer

    public init(reservingBytes capacity: Int = 256) {
        buffer = ByteBufferAllocator().buffer(capacity: capacity)
    }

    public mutating func append(_ text: String) {
        buffer.writeBulk(text)
        count += 1
    }

    /// Appends one argument of two parts.
    public mutating func append(_ first: String, _ second: String) {
        buffer.writeBulkHeader(length: first.utf8.count + second.utf8.count)
        buffer.writeString(first)
        buffer.writeString(second)
        buffer.writeStaticString("\r\n")
        count += 1
    }

    public mutating func append(_ value: some FixedWidthInteger & Sendable) {
        append(String(value))
    }

    public mutating func append(_ bytes: some Collection<UInt8>) {
        buffer.writeBulkHeader(length: bytes.count)
        buffer.writeBytes(bytes)
        buffer.writeStaticString("\r\n")
        count += 1
    }
}

extension ByteBuffer {
    /// Writes the header of an array of `count` elements.
    mutating func writeArrayHeader(count: Int) {
        writeInteger(UInt8(ascii: "*"))
        writeDecimal(count)
        writeStaticString("\r\n")
    }

    mutating func writeBulk(_ text: String) {
        writeBulkHeader(length: text.utf8.count)
        writeString(text)
        writeStaticString("\r\n")
    }

    mutating func writeBulkHeader(length: Int) {
        writeInteger(UInt8(ascii: "$"))
        writeDecimal(length)
        writeStaticString("\r\n")
    }

    private mutating func writeDecimal(_ value: Int) {
        if value < 10 {
            writeInteger(UInt8(ascii: "0") + UInt8(value))
        } else {
            writeString(String(value))
        }
    }
}
