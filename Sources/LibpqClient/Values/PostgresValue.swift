// The typed parameters of a statement. BinaryEncoding.swift has their wire format.

/// A parameter, sent in Postgres's binary format.
///
/// The case must match the parameter's type in the statement: an `int4` does not pass for an `int8`.
public enum PostgresValue: Hashable, Sendable {
    /// NULL of any type.
    case null
    case bool(Bool)
    case int2(Int16)
    case int4(Int32)
    case int8(Int64)
    /// `text`, `varchar`, `json` or an enumeration. Postgres refuses U+0000 in it with SQLSTATE 22021.
    case text(String)
    case bytea([UInt8])
    case uuid(PostgresUUID)
    /// Microseconds since 1970-01-01T00:00:00Z; `Int64.max` and `.min` are infinity and -infinity.
    case timestamptz(Int64)
    /// The text of a JSON document.
    case jsonb(String)

    // One-dimensional arrays; nil elements are NULL.
    case boolArray([Bool?])
    case int2Array([Int16?])
    case int4Array([Int32?])
    case int8Array([Int64?])
    case textArray([String?])
    case byteaArray([[UInt8]?])
    case uuidArray([PostgresUUID?])
    case timestamptzArray([Int64?])

    /// The number of an array's elements; nil if the value is no array.
    var elementCount: Int? {
        switch self {
        case .null, .bool, .int2, .int4, .int8, .text, .bytea, .uuid, .timestamptz, .jsonb: nil
        case .boolArray(let values): values.count
        case .int2Array(let values): values.count
        case .int4Array(let values): values.count
        case .int8Array(let values), .timestamptzArray(let values): values.count
        case .textArray(let values): values.count
        case .byteaArray(let values): values.count
        case .uuidArray(let values): values.count
        }
    }
}
