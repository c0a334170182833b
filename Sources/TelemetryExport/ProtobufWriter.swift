// Writes messages of protocol buffers (proto3): profile.proto and OTLP. What the fields mean is the callers' business.

/// Bytes of one message, to which fields are appended.
///
/// A field with its default value is left out, as proto3 has it, unless it is said otherwise.
struct ProtobufWriter {
    private(set) var bytes: [UInt8] = []

    /// How a field's value is laid out.
    enum WireType: UInt64 {
        case varint = 0
        case fixed64 = 1
        case lengthDelimited = 2
        case fixed32 = 5
    }

    init(capacity: Int = 0) {
        bytes.reserveCapacity(capacity)
    }

    mutating func tag(_ field: Int, _ type: WireType) {
        rawVarint(UInt64(field) << 3 | type.rawValue)
    }

    /// uint32, uint64, and enums.
    mutating func varint(_ field: Int, _ value: UInt64) {
        guard value != 0 else { return }
        tag(field, .varint)
        rawVarint(value)
    }

    /// int32 and int64: a negative value takes ten bytes.
    mutating func varint(_ field: Int, _ value: Int64) {
        varint(field, UInt64(bitPattern: value))
    }

    mutating func bool(_ field: Int, _ value: Bool) {
        varint(field, value ? 1 as UInt64 : 0)
    }

    /// fixed64, and the bits of a double.
    mutating func fixed64(_ field: Int, _ value: UInt64) {
        guard value != 0 else { return }
        tag(field, .fixed64)
        rawFixed64(value)
    }

    mutating func double(_ field: Int, _ value: Double) {
        fixed64(field, value.bitPattern)
    }

    /// An element of a repeated string, or a member of a oneof: it is written even if it is empty.
    mutating func element(_ field: Int, _ text: String) {
        element(field, text.utf8)
    }

    mutating func element(_ field: Int, _ content: some Collection<UInt8>) {
        tag(field, .lengthDelimited)
        rawVarint(UInt64(content.count))
        bytes.append(contentsOf: content)
    }

    mutating func string(_ field: Int, _ text: String) {
        if !text.isEmpty { element(field, text) }
    }

    mutating func data(_ field: Int, _ content: some Collection<UInt8>) {
        if !content.isEmpty { element(field, content) }
    }

    /// A message inside of this one, empty or not.
    mutating func message(_ field: Int, _ write: (inout ProtobufWriter) -> Void) {
        var inner = ProtobufWriter()
        write(&inner)
        element(field, inner.bytes)
    }

    /// A repeated uint64 or int64 in its packed form.
    mutating func packed(_ field: Int, _ values: some Collection<UInt64>) {
        guard !values.isEmpty else { return }
        var inner = ProtobufWriter(capacity: values.count)
        for value in values { inner.rawVarint(value) }
        element(field, inner.bytes)
    }

    /// A repeated fixed64 or double in its packed form.
    mutating func packedFixed64(_ field: Int, _ values: some Collection<UInt64>) {
        guard !values.isEmpty else { return }
        tag(field, .lengthDelimited)
        rawVarint(UInt64(values.count) * 8)
        for value in values { rawFixed64(value) }
    }

    private mutating func rawVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private mutating func rawFixed64(_ value: UInt64) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }
}
