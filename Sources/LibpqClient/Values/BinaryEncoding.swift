// Postgres's binary wire format, for writing and reading: big-endian numbers, and arrays as a header with
// length-prefixed elements (src/backend/utils/adt/arrayfuncs.c, array_send and array_recv). A value's length is known
// before it is written, so that all parameters of a statement fit into one allocation.

/// Object ids of the built-in types (src/include/catalog/pg_type.dat), which the server numbers the same for ever.
enum TypeID {
    static let bool: UInt32 = 16
    static let char: UInt32 = 18
    static let name: UInt32 = 19
    static let int8: UInt32 = 20
    static let int2: UInt32 = 21
    static let int4: UInt32 = 23
    static let text: UInt32 = 25
    static let json: UInt32 = 114
    static let unknown: UInt32 = 705
    static let bpchar: UInt32 = 1042
    static let varchar: UInt32 = 1043
    static let timestamptz: UInt32 = 1184
    static let uuid: UInt32 = 2950
    static let jsonb: UInt32 = 3802
    static let nameArray: UInt32 = 1003
    static let int4Array: UInt32 = 1007
    static let textArray: UInt32 = 1009
    static let bpcharArray: UInt32 = 1014
    static let varcharArray: UInt32 = 1015
    static let int8Array: UInt32 = 1016
    static let timestamptzArray: UInt32 = 1185
    /// The first id of a user's type, such as an enumeration.
    static let firstOfUsers: UInt32 = 16_384
}

/// Writes into memory of a size that was computed before.
struct BinaryWriter {
    private var cursor: UnsafeMutableRawPointer
    private let end: UnsafeMutableRawPointer

    init(_ buffer: UnsafeMutableRawBufferPointer) {
        cursor = buffer.baseAddress ?? UnsafeMutableRawPointer(bitPattern: 1)!
        end = cursor + buffer.count
    }

    mutating func write(_ number: some FixedWidthInteger & BitwiseCopyable) {
        advance(by: MemoryLayout.size(ofValue: number)) { $0.storeBytes(of: number.bigEndian, as: type(of: number)) }
    }

    mutating func write(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in write(UnsafeRawBufferPointer(utf8)) }
    }

    private mutating func write(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        advance(by: bytes.count) { $0.copyMemory(from: source, byteCount: bytes.count) }
    }

    private mutating func advance(by count: Int, _ body: (UnsafeMutableRawPointer) -> Void) {
        precondition(count <= end - cursor, "a value was longer than its computed length")
        body(cursor)
        cursor += count
    }
}

/// A type that can be a value or an array's element.
protocol BinaryElement {
    static var typeID: UInt32 { get }
    var encodedLength: Int { get }
    func write(to writer: inout BinaryWriter)
    /// Nil if the bytes are not of this type.
    init?(binary bytes: UnsafeRawBufferPointer)
}

extension BinaryElement where Self: FixedWidthInteger & BitwiseCopyable {
    var encodedLength: Int { MemoryLayout<Self>.size }
    func write(to writer: inout BinaryWriter) { writer.write(self) }

    init?(binary bytes: UnsafeRawBufferPointer) {
        guard bytes.count == MemoryLayout<Self>.size else { return nil }
        self = Self(bigEndian: bytes.loadUnaligned(as: Self.self))
    }
}

extension Int16: BinaryElement { static var typeID: UInt32 { TypeID.int2 } }
extension Int32: BinaryElement { static var typeID: UInt32 { TypeID.int4 } }
extension Int64: BinaryElement { static var typeID: UInt32 { TypeID.int8 } }

extension Bool {
    init?(binary bytes: UnsafeRawBufferPointer) {
        guard bytes.count == 1 else { return nil }
        self = bytes[0] != 0
    }
}

extension String: BinaryElement {
    static var typeID: UInt32 { TypeID.text }
    var encodedLength: Int { utf8.count }
    func write(to writer: inout BinaryWriter) { writer.write(self) }

    init?(binary bytes: UnsafeRawBufferPointer) {
        self.init(decoding: bytes, as: UTF8.self)
    }
}

extension PostgresUUID: BinaryElement {
    static var typeID: UInt32 { TypeID.uuid }
    var encodedLength: Int { 16 }

    func write(to writer: inout BinaryWriter) {
        writer.write(high)
        writer.write(low)
    }

    init?(binary bytes: UnsafeRawBufferPointer) {
        guard bytes.count == 16 else { return nil }
        high = UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))
        low = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }
}

/// A `timestamptz`: on the wire microseconds since 2000, for callers since 1970.
struct BinaryTimestamp: BinaryElement {
    static var typeID: UInt32 { TypeID.timestamptz }
    private static let epoch: Int64 = 946_684_800_000_000

    let microseconds: Int64

    init(_ microseconds: Int64) {
        self.microseconds = microseconds
    }

    var encodedLength: Int { 8 }

    func write(to writer: inout BinaryWriter) {
        let isInfinite = microseconds == .max || microseconds == .min
        let (wire, overflow) = microseconds.subtractingReportingOverflow(Self.epoch)
        // A moment that does not fit is before Postgres's calendar; the server refuses it with SQLSTATE 22008.
        writer.write(isInfinite ? microseconds : overflow ? .min + 1 : wire)
    }

    init?(binary bytes: UnsafeRawBufferPointer) {
        guard let wire = Int64(binary: bytes) else { return nil }
        if wire == .max || wire == .min {
            microseconds = wire
        } else {
            let (value, overflow) = wire.addingReportingOverflow(Self.epoch)
            guard !overflow else { return nil }
            microseconds = value
        }
    }
}

// Arrays: dimensions, a flag for NULLs, the element's type, then count and lower bound, then the elements.
enum BinaryArray {
    private static let emptyHeader = 12
    private static let header = 20

    static func encodedLength<E: BinaryElement>(_ elements: some Collection<E?>) -> Int {
        elements.isEmpty ? emptyHeader : elements.reduce(header) { $0 + 4 + ($1?.encodedLength ?? 0) }
    }

    static func write<E: BinaryElement>(_ elements: some Collection<E?>, to writer: inout BinaryWriter) {
        writer.write(Int32(elements.isEmpty ? 0 : 1))
        writer.write(Int32(elements.contains { $0 == nil } ? 1 : 0))
        writer.write(E.typeID)
        guard !elements.isEmpty else { return }
        writer.write(Int32(elements.count))
        writer.write(Int32(1))
        for element in elements {
            guard let element else {
                writer.write(Int32(-1))
                continue
            }
            writer.write(Int32(element.encodedLength))
            element.write(to: &writer)
        }
    }

    /// Nil if the bytes are not a one-dimensional array whose elements have a type that is accepted.
    static func read<E: BinaryElement>(
        _ bytes: UnsafeRawBufferPointer, accepting accepts: (UInt32) -> Bool
    ) -> [E?]? {
        func number(at offset: Int) -> Int32? {
            guard bytes.count >= offset + 4 else { return nil }
            return Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self))
        }
        guard let dimensions = number(at: 0), let type = number(at: 8), accepts(UInt32(bitPattern: type))
        else { return nil }
        guard dimensions == 1 else { return dimensions == 0 ? [] : nil }
        guard let count = number(at: 12), count >= 0, bytes.count >= header + Int(count) * 4 else { return nil }
        var elements: [E?] = []
        elements.reserveCapacity(Int(count))
        var offset = header
        for _ in 0..<count {
            guard let length = number(at: offset) else { return nil }
            offset += 4
            if length < 0 {
                elements.append(nil)
                continue
            }
            guard bytes.count >= offset + Int(length),
                let element = E(binary: UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + Int(length)]))
            else { return nil }
            elements.append(element)
            offset += Int(length)
        }
        return elements
    }
}

extension PostgresValue {
    /// The value's bytes on the wire; nil for NULL.
    var encodedLength: Int? {
        switch self {
        case .null: nil
        case .int4: 4
        case .int8, .timestamptz: 8
        case .uuid: 16
        case .text(let value): value.encodedLength
        case .int4Array(let values): BinaryArray.encodedLength(values)
        case .textArray(let values): BinaryArray.encodedLength(values)
        case .uuidArray(let values): BinaryArray.encodedLength(values)
        }
    }

    func write(to writer: inout BinaryWriter) {
        switch self {
        case .null: break
        case .int4(let value): value.write(to: &writer)
        case .int8(let value): value.write(to: &writer)
        case .text(let value): value.write(to: &writer)
        case .uuid(let value): value.write(to: &writer)
        case .timestamptz(let value): BinaryTimestamp(value).write(to: &writer)
        case .int4Array(let values): BinaryArray.write(values, to: &writer)
        case .textArray(let values): BinaryArray.write(values, to: &writer)
        case .uuidArray(let values): BinaryArray.write(values, to: &writer)
        }
    }
}
