// Turns bytes from the socket into replies, with hiredis as the parser. It knows no commands and no connections.
//
// Trust rule: the bytes come from outside. Any bytes give a reply, "not yet", or an error that ends the connection.
// Limits on elements and bytes protect the process's memory and time from a broken length.

internal import CHiredis

/// Owns a hiredis reader. Not Sendable: it belongs to one connection on its event loop.
final class ReplyReader {
    /// The most elements that an array may announce. hiredis allocates memory for all of them, and later walks them.
    static let maxElements = 1 << 20
    /// The most bytes of an incomplete reply.
    static let maxIncompleteBytes = 64 << 20

    private let reader: UnsafeMutablePointer<redisReader>

    init() {
        guard let reader = redisReaderCreateWithFunctions(boundedFunctions.pointer) else {
            fatalError("no memory for a reply reader")
        }
        self.reader = reader
    }

    deinit {
        redisReaderFree(reader)
    }

    /// Adds bytes in the order they came.
    func feed(_ bytes: UnsafeRawBufferPointer) throws(RedisError) {
        guard let base = bytes.baseAddress else { return }
        let status = redisReaderFeed(reader, base.assumingMemoryBound(to: CChar.self), bytes.count)
        guard status == REDIS_OK else { throw failure() }
    }

    /// The next complete reply, or nil until more bytes have come.
    func next() throws(RedisError) -> RedisReply? {
        var object: UnsafeMutableRawPointer?
        guard redisReaderGetReply(reader, &object) == REDIS_OK else { throw failure() }
        guard let object else {
            guard reader.pointee.len - reader.pointee.pos <= Self.maxIncompleteBytes else {
                throw RedisError(.protocol, "a reply is longer than \(Self.maxIncompleteBytes) bytes")
            }
            return nil
        }
        defer { freeReplyObject(object) }
        return Self.reply(object.assumingMemoryBound(to: redisReply.self))
    }

    private func failure() -> RedisError {
        let text = withUnsafeBytes(of: reader.pointee.errstr) { bytes in
            String(decoding: bytes.prefix { $0 != 0 && $0 != UInt8(ascii: ",") }, as: UTF8.self)
        }
        return RedisError(.protocol, "the server's reply is not RESP: \(text)")
    }

    /// Copies a reply. hiredis's limit of 7 nested arrays ends the recursion.
    private static func reply(_ pointer: UnsafeMutablePointer<redisReply>) -> RedisReply {
        let object = pointer.pointee
        switch object.type {
        case REDIS_REPLY_INTEGER: return .integer(object.integer)
        case REDIS_REPLY_STRING: return .bulk([UInt8](text(object)))
        case REDIS_REPLY_STATUS: return .status(String(decoding: text(object), as: UTF8.self))
        case REDIS_REPLY_ERROR: return .error(String(decoding: text(object), as: UTF8.self))
        case REDIS_REPLY_ARRAY:
            return .array(
                UnsafeBufferPointer(start: object.element, count: object.elements).map { element in
                    element.map(Self.reply) ?? .null
                })
        default: return .null
        }
    }

    private static func text(_ object: redisReply) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: object.str, count: object.str == nil ? 0 : object.len)
    }
}

/// hiredis's object functions, with a limit on the elements of an array.
///
/// Unchecked because of the pointer: what it points to is written before anybody has it, and neither changed nor freed
/// after that.
private struct ReplyFunctions: @unchecked Sendable {
    let original: redisReplyObjectFunctions
    let pointer: UnsafeMutablePointer<redisReplyObjectFunctions>
}

private let boundedFunctions: ReplyFunctions = {
    guard let reader = redisReaderCreate() else { fatalError("no memory for a reply reader") }
    defer { redisReaderFree(reader) }
    let original = reader.pointee.fn.pointee
    let pointer = UnsafeMutablePointer<redisReplyObjectFunctions>.allocate(capacity: 1)
    pointer.initialize(to: original)
    pointer.pointee.createArray = { task, elements in
        guard elements <= ReplyReader.maxElements else { return nil }
        return boundedFunctions.original.createArray(task, elements)
    }
    return ReplyFunctions(original: original, pointer: pointer)
}()
