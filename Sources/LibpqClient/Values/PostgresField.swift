// Typed reading of one field. A field of another type is an error that names its column.

/// A field of a row: `try row[0].int32()`, or `try row[3].optional?.string()` if it may be NULL.
public struct PostgresField: Sendable {
    let rows: PostgresRows
    let row: Int
    let column: Int

    public var isNull: Bool { column < rows.columnCount && rows.isNull(row: row, column: column) }

    /// The field, or nil if it is NULL.
    public var optional: PostgresField? { isNull ? nil : self }

    public func bool() throws(PostgresError) -> Bool { try decode({ $0 == TypeID.bool }, Bool.init(binary:)) }

    /// An `int4` or `int2`.
    public func int32() throws(PostgresError) -> Int32 {
        try decode({ $0 == TypeID.int4 || $0 == TypeID.int2 }) { bytes in
            bytes.count == 2 ? Int16(binary: bytes).map(Int32.init) : Int32(binary: bytes)
        }
    }

    /// An `int8`, `int4` or `int2`.
    public func int64() throws(PostgresError) -> Int64 {
        try decode({ $0 == TypeID.int8 || $0 == TypeID.int4 || $0 == TypeID.int2 }) { bytes in
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
        return try decode(readsText: true, Self.isText) { bytes in
            String(binary: isVersioned ? UnsafeRawBufferPointer(rebasing: bytes.dropFirst()) : bytes)
        }
    }

    public func uuid() throws(PostgresError) -> PostgresUUID {
        try decode({ $0 == TypeID.uuid }, PostgresUUID.init(binary:))
    }

    /// A `timestamptz`, in microseconds since 1970-01-01T00:00:00Z; `Int64.max` and `.min` are the infinities.
    public func timestamp() throws(PostgresError) -> Int64 {
        try decode({ $0 == TypeID.timestamptz }) { BinaryTimestamp(binary: $0)?.microseconds }
    }

    // One-dimensional arrays; NULL elements are nil.

    public func int32Array() throws(PostgresError) -> [Int32?] {
        try decode({ $0 == TypeID.int4Array }) { BinaryArray.read($0) { $0 == TypeID.int4 } }
    }

    public func int64Array() throws(PostgresError) -> [Int64?] {
        try decode({ $0 == TypeID.int8Array }) { BinaryArray.read($0) { $0 == TypeID.int8 } }
    }

    public func timestampArray() throws(PostgresError) -> [Int64?] {
        try decode({ $0 == TypeID.timestamptzArray }) { bytes in
            let times: [BinaryTimestamp?]? = BinaryArray.read(bytes) { $0 == TypeID.timestamptz }
            return times?.map { $0?.microseconds }
        }
    }

    /// An array of `text`, `varchar` or an enumeration.
    public func stringArray() throws(PostgresError) -> [String?] {
        try decode(Self.isTextArray) { BinaryArray.read($0, accepting: Self.isText) }
    }

    private static func isTextArray(_ type: UInt32) -> Bool {
        switch type {
        case TypeID.textArray, TypeID.varcharArray, TypeID.bpcharArray, TypeID.nameArray, TypeID.firstOfUsers...: true
        default: false
        }
    }

    private static func isText(_ type: UInt32) -> Bool {
        switch type {
        case TypeID.text, TypeID.varchar, TypeID.bpchar, TypeID.name, TypeID.char, TypeID.json, TypeID.jsonb,
            TypeID.unknown, TypeID.firstOfUsers...:
            true
        default: false
        }
    }

    /// - Parameter readsText: true for what is the same in text format as in binary.
    private func decode<T>(
        readsText: Bool = false, _ accepts: (UInt32) -> Bool, _ read: (UnsafeRawBufferPointer) -> T?
    ) throws(PostgresError) -> T {
        let type = rows.typeID(ofColumn: column)
        guard column < rows.columnCount else { throw mismatch(T.self, "the result has no such column") }
        guard accepts(type) else { throw mismatch(T.self, "has type \(type)") }
        guard readsText || rows.isBinary(column: column) else { throw mismatch(T.self, "is in text format") }
        guard !isNull else { throw mismatch(T.self, "is NULL") }
        guard let value = rows.withBytes(row: row, column: column, read) else {
            throw mismatch(T.self, "of type \(type) does not hold one")
        }
        return value
    }

    private func mismatch(_ wanted: Any.Type, _ found: String) -> PostgresError {
        let name = rows.columnName(column)
        return PostgresError(
            .decoding, "column \(column) \"\(name)\" was read as \(wanted), but \(found)", at: rows.site)
    }
}
