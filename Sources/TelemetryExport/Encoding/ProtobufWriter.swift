// Protocol Buffers' wire format, as much of it as OTLP and profiles need:
// https://protobuf.dev/programming-guides/encoding/. The callers know what the fields mean.

/// Writes the fields of a message, one after another.
///
/// Fields of their default value are left out, as proto3 has it, unless they are part of a list or a choice.
struct ProtobufWriter {
    private(set) var bytes: [UInt8] = []

    init(capacity: Int = 0) {
        bytes.reserveCapacity(capacity)
    }

    /// An integer of any type, or the number of an enum. A negative one takes ten bytes.
    mutating func integer(_ field: Int, _ value: some FixedWidthInteger) {
        guard value != 0 else { return }
        key(field, 0)
        varint(UInt64(truncatingIfNeeded: value))
    }

    mutating func bool(_ field: Int, _ value: Bool) { integer(field, value ? 1 : 0) }

    /// A list of integers in its packed form.
    mutating func packed(_ field: Int, _ values: some Collection<UInt64>) {
        guard !values.isEmpty else { return }
        message(field) { list in
            for value in values { list.varint(value) }
        }
    }

    /// A list of integers or floating point numbers of 64 bits in its packed form.
    mutating func packed(_ field: Int, fixed64 values: some Collection<UInt64>) {
        guard !values.isEmpty else { return }
        message(field) { list in
            for value in values {
                withUnsafeBytes(of: value.littleEndian) { list.bytes += $0 }
            }
        }
    }

    mutating func fixed64(_ field: Int, _ value: UInt64) {
        if value != 0 { choice(field, fixed64: value) }
    }

    mutating func fixed32(_ field: Int, _ value: UInt32) {
        guard value != 0 else { return }
        key(field, 5)
        withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
    }

    /// A string or bytes.
    mutating func text(_ field: Int, _ value: some Collection<UInt8>) {
        guard !value.isEmpty else { return }
        key(field, 2)
        varint(UInt64(value.count))
        bytes += value
    }

    mutating func text(_ field: Int, _ value: String) { text(field, value.utf8) }

    /// A message within the message. Empty ones are written too: in a list they count.
    mutating func message(_ field: Int, _ write: (inout ProtobufWriter) -> Void) {
        key(field, 2)
        // Most messages are shorter than 128 bytes; the length of others needs more room than this.
        bytes.append(0)
        let start = bytes.count
        write(&self)
        var length = UInt64(bytes.count - start)
        var more: [UInt8] = []
        bytes[start - 1] = UInt8(length & 0x7F)
        while length > 0x7F {
            if more.isEmpty { bytes[start - 1] |= 0x80 } else { more[more.count - 1] |= 0x80 }
            length >>= 7
            more.append(UInt8(length & 0x7F))
        }
        if !more.isEmpty { bytes.insert(contentsOf: more, at: start) }
    }

    /// Fields that another writer wrote.
    mutating func fields(_ encoded: [UInt8]) { bytes += encoded }

    // The members of lists and the values of choices: they are written even where they are the default.

    mutating func element(_ field: Int, _ text: String) {
        key(field, 2)
        varint(UInt64(text.utf8.count))
        bytes += text.utf8
    }

    mutating func choice(_ field: Int, text value: String) { element(field, value) }

    mutating func choice(_ field: Int, integer value: UInt64) {
        key(field, 0)
        varint(value)
    }

    mutating func choice(_ field: Int, number value: Double) { choice(field, fixed64: value.bitPattern) }

    mutating func choice(_ field: Int, fixed64 value: UInt64) {
        key(field, 1)
        withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
    }

    private mutating func key(_ field: Int, _ wireType: UInt64) { varint(UInt64(field) << 3 | wireType) }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest > 0x7F {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
