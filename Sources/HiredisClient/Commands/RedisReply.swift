// A reply as RESP2 has it, owned by Swift.

/// The server's reply to one command.
public enum RedisReply: Sendable, Hashable {
    case integer(Int64)
    /// A bulk string: any bytes.
    case bulk([UInt8])
    /// A simple string, such as `OK`.
    case status(String)
    case array([RedisReply])
    case null
    /// An error inside an array. An error that is the whole reply is thrown instead.
    case error(String)

    /// The integer, also if it came as decimal digits; nil for any other reply.
    public var integer: Int64? {
        switch self {
        case .integer(let value): value
        case .bulk(let bytes): Int64(String(decoding: bytes, as: UTF8.self))
        default: nil
        }
    }

    /// The text of a status or bulk string (invalid UTF-8 repaired); nil for any other reply.
    public var string: String? {
        switch self {
        case .status(let text): text
        case .bulk(let bytes): String(decoding: bytes, as: UTF8.self)
        default: nil
        }
    }

    /// The bytes of a bulk string; nil for any other reply.
    public var bytes: [UInt8]? {
        guard case .bulk(let bytes) = self else { return nil }
        return bytes
    }

    /// The elements of an array; nil for any other reply.
    public var array: [RedisReply]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }
}
