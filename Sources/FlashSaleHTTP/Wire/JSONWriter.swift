// Writes JSON straight into a buffer: no tree, no reflection. That braces match and keys are distinct is its callers'
// care.

internal import FlashSale
internal import NIOCore

struct JSONWriter {
    private(set) var buffer: ByteBuffer
    private var needsComma = false

    init(capacity: Int = 256) {
        buffer = ByteBufferAllocator().buffer(capacity: capacity)
    }

    mutating func beginObject() { open(0x7B) }
    mutating func endObject() { close(0x7D) }
    mutating func beginArray() { open(0x5B) }
    mutating func endArray() { close(0x5D) }

    mutating func key(_ name: StaticString) {
        separate()
        buffer.writeInteger(0x22 as UInt8)
        buffer.writeStaticString(name)
        buffer.writeStaticString("\":")
        needsComma = false
    }

    mutating func key(_ name: String) {
        string(name)
        buffer.writeInteger(0x3A as UInt8)
        needsComma = false
    }

    mutating func string(_ value: String) {
        separate()
        buffer.writeInteger(0x22 as UInt8)
        if value.utf8.contains(where: { $0 < 0x20 || $0 == 0x22 || $0 == 0x5C }) {
            writeEscaped(value)
        } else {
            buffer.writeString(value)
        }
        buffer.writeInteger(0x22 as UInt8)
    }

    mutating func integer(_ value: some FixedWidthInteger) {
        separate()
        buffer.writeString(String(value))
    }

    mutating func bool(_ value: Bool) {
        separate()
        buffer.writeStaticString(value ? "true" : "false")
    }

    mutating func field(_ name: StaticString, _ value: String) {
        key(name)
        string(value)
    }

    mutating func field(_ name: StaticString, _ value: some FixedWidthInteger) {
        key(name)
        integer(value)
    }

    mutating func field(_ name: StaticString, _ value: Bool) {
        key(name)
        bool(value)
    }

    mutating func field(_ name: StaticString, _ value: Timestamp) {
        field(name, value.description)
    }

    private mutating func separate() {
        if needsComma { buffer.writeInteger(0x2C as UInt8) }
        needsComma = true
    }

    private mutating func open(_ brace: UInt8) {
        separate()
        buffer.writeInteger(brace)
        needsComma = false
    }

    private mutating func close(_ brace: UInt8) {
        buffer.writeInteger(brace)
        needsComma = true
    }

    private mutating func writeEscaped(_ value: String) {
        for byte in value.utf8 {
            switch byte {
            case 0x22: buffer.writeStaticString("\\\"")
            case 0x5C: buffer.writeStaticString("\\\\")
            case 0x0A: buffer.writeStaticString("\\n")
            case 0..<0x20:
                buffer.writeStaticString("\\u00")
                buffer.writeString(String(byte >> 4, radix: 16))
                buffer.writeString(String(byte & 15, radix: 16))
            default: buffer.writeInteger(byte)
            }
        }
    }
}
