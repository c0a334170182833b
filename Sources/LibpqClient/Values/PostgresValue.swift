// The typed parameters of a statement. BinaryEncoding.swift has their wire format.

/// A parameter, sent in Postgres's binary format.
///
/// The case must match the parameter's type in the statement: an `int4` does not pass for an `int8`.
public enum PostgresValue: Hashable, Sendable {
    /// NULL of any type.
    case null
    case int4(Int32)
    case int8(Int64)
    /// `text`, `varchar`, `json` or an enumeration. Postgres refuses U+0000 in it with SQLSTATE 22021.
    case text(String)
    case uuid(PostgresUUID)
    /// Microseconds since 1970-01-01T00:00:00Z; `Int64.max` and `.min` are infinity and -infinity.
    case timestamptz(Int64)

    // One-dimensional arrays; nil elements are NULL.
    case int4Array([Int32?])
    case textArray([String?])
    case uuidArray([PostgresUUID?])

    /// The number of an array's elements; nil for a single value.
    var elementCount: Int? {
        switch self {
        case .null, .int4, .int8, .text, .uuid, .timestamptz: nil
        case .int4Array(let values): values.count
        case .textArray(let values): values.count
        case .uuidArray(let values): values.count
        }
    }
}
