// Reads Protocol Buffers' wire format, for the answers of collectors. It ends for any bytes.

/// The fields of a message, in the order in which they came.
struct ProtobufReader {
    enum Value: Equatable {
        case integer(UInt64)
        case fixed64(UInt64)
        case bytes([UInt8])
        case fixed32(UInt32)
    }

    private var rest: ArraySlice<UInt8>

    init(_ bytes: some Collection<UInt8>) {
        rest = Array(bytes)[...]
    }

    /// All fields; nil if the bytes are no message.
    static func fields(of bytes: some Collection<UInt8>) -> [(number: Int, value: Value)]? {
        var reader = ProtobufReader(bytes)
        var fields: [(number: Int, value: Value)] = []
        while !reader.rest.isEmpty {
            guard let key = reader.varint(), key >> 3 > 0, key >> 3 < 1 << 29, let value = reader.value(key & 7) else {
                return nil
            }
            fields.append((Int(key >> 3), value))
        }
        return fields
    }

    private mutating func value(_ wireType: UInt64) -> Value? {
        switch wireType {
        case 0: varint().map { .integer($0) }
        case 1: number(ofBytes: 8).map { .fixed64($0) }
        case 2: varint().flatMap { take($0) }.map { .bytes(Array($0)) }
        case 5: number(ofBytes: 4).map { .fixed32(UInt32($0)) }
        default: nil
        }
    }

    private mutating func varint() -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), through: 63, by: 7) {
            guard let byte = rest.popFirst() else { return nil }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        return nil
    }

    private mutating func number(ofBytes count: UInt64) -> UInt64? {
        take(count)?.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private mutating func take(_ count: UInt64) -> ArraySlice<UInt8>? {
        guard count <= UInt64(rest.count) else { return nil }
        defer { rest = rest.dropFirst(Int(count)) }
        return rest.prefix(Int(count))
    }
}
