// Typed reading of one field. A field that does not hold what is asked of it is an error that names its column.

/// A field of a row: `try row[0].int32()`, or `try row[3].optional?.string()` where it may be NULL.
public struct PostgresField: Sendable {
    let rows: PostgresRows
    let row: Int
    let column: Int

    public var isNull: Bool { rows.isNull(row: row, column: column) }

    /// The field, or nil if it is NULL.
    public var optional: PostgresField? { isNull ? nil : self }

    public func bool() throws(PostgresError) -> Bool { try decode([TypeID.bool], Bool.init(binary:)) }

    /// An `int4` or `int2`.
    public func int32() throws(PostgresError) -> Int32 {
        try decode([TypeID.int4, TypeID.int2]) { bytes in
            bytes.count == 2 ? Int16(binary: bytes).map(Int32.init) : Int32(binary: bytes)
        }
    }

    /// An `int8`, `int4` or `int2`.
    public func int64() throws(PostgresError) -> Int64 {
        try decode([TypeID.int8, TypeID.int4, TypeID.int2]) { bytes in
            switch bytes.count {
            case 2: Int16(binary: bytes).map(Int64.init)
            case 4: Int32(binary: bytes).map(Int64.init)
            default: Int64(binary: bytes)
            }
        }
    }

    /// Any character type, `json`, `jsonb`, or an enumeration.
    public func string() throws(PostgresError) -> String {
        let isVersioned = rows.typeID(ofColumn: column) == TypeID.jsonb && rows.isBinary(column: column)
        return try decode(Self.textTypes, acceptsText: true) { bytes in
            String(binary: isVersioned ? UnsafeRawBufferPointer(rebasing: bytes.dropFirst()) : bytes)
        }
    }

    public func bytes() throws(PostgresError) -> [UInt8] { try decode([TypeID.bytea], [UInt8].init(binary:)) }

    public func uuid() throws(PostgresError) -> PostgresUUID { try decode([TypeID.uuid], PostgresUUID.init(binary:)) }

    /// A `timestamptz`, in microseconds since 1970-01-01T00:00:00Z; `Int64.max` and `.min` are the infinities.
    public func timestamp() throws(PostgresError) -> Int64 {
        try decode([TypeID.timestamptz]) { BinaryTimestamp(binary: $0)?.microseconds }
    }

    // One-dimensional arrays; NULL elements are nil.

    public func boolArray() throws(PostgresError) -> [Bool?] { try array(1000, of: [TypeID.bool]) }
    public func int16Array() throws(PostgresError) -> [Int16?] { try array(1005, of: [TypeID.int2]) }
    public func int32Array() throws(PostgresError) -> [Int32?] { try array(1007, of: [TypeID.int4]) }
    public func int64Array() throws(PostgresError) -> [Int64?] { try array(1016, of: [TypeID.int8]) }
    public func byteaArray() throws(PostgresError) -> [[UInt8]?] { try array(1001, of: [TypeID.bytea]) }
    public func uuidArray() throws(PostgresError) -> [PostgresUUID?] { try array(2951, of: [TypeID.uuid]) }

    /// An array of `text`, `varchar` or an enumeration.
    public func stringArray() throws(PostgresError) -> [String?] {
        let elements = [TypeID.text, TypeID.varchar, TypeID.bpchar, TypeID.name]
        return try decode([1009, 1015, 1014, 1003]) { BinaryArray.read($0, accepting: Set(elements)) }
    }

    /// An array of `timestamptz`, in microseconds since 1970.
    public func timestampArray() throws(PostgresError) -> [Int64?] {
        let elements: [BinaryTimestamp?] = try array(1185, of: [TypeID.timestamptz])
        return elements.map { $0?.microseconds }
    }

    private static let textTypes = [
        TypeID.text, TypeID.varchar, TypeID.bpchar, TypeID.name, TypeID.char, TypeID.json, TypeID.jsonb, TypeID.unknown,
    ]

    private func array<E: BinaryElement>(_ arrayType: UInt32, of elements: Set<UInt32>) throws(PostgresError) -> [E?] {
        try decode([arrayType]) { BinaryArray.read($0, accepting: elements) }
    }

    private func decode<T>(
        _ types: [UInt32], acceptsText: Bool = false, _ read: (UnsafeRawBufferPointer) -> T?
    ) throws(PostgresError) -> T {
        let type = rows.typeID(ofColumn: column)
        let isReadable = acceptsText || rows.isBinary(column: column)
        guard types.contains(type) || type >= TypeID.firstOfUsers, isReadable else {
            throw mismatch(T.self, "has type \(type)\(isReadable ? "" : " in text format")")
        }
        guard !isNull else { throw mismatch(T.self, "is NULL") }
        guard let value = rows.withBytes(row: row, column: column, read) else {
            throw mismatch(T.self, "of type \(type) does not hold one")
        }
        return value
    }

    private func mismatch(_ wanted: Any.Type, _ found: String) -> PostgresError {
        let name = rows.columnName(column)
        return PostgresError(
            .decoding, "column \(column) \"\(name)\" was read as \(wanted), but \(found)",
            at: CallSite(statementName: nil, file: #fileID, line: #line)
        )
    }
}
