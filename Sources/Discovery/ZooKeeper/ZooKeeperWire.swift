// What goes over a connection to ZooKeeper: frames of a length and so many bytes, with numbers in network order.

internal import NIOCore

/// What a session may ask for.
enum ZooKeeperCall: Int32 {
    case create = 1
    case delete = 2
    case exists = 3
    case data = 4
    case children = 8
    case ping = 11
    case close = -11
}

/// How a server answers.
enum ZooKeeperStatus: Int32 {
    case ok = 0
    case noNode = -101
    case nodeExists = -110
}

/// The connection ended, or what came over it is not ZooKeeper's.
struct ZooKeeperTrouble: Error, CustomStringConvertible {
    let description: String
}

struct ZooKeeperReply {
    /// Nil for a refusal that no call here knows.
    let status: ZooKeeperStatus?
    /// The number of the status.
    let code: Int32
    var body: ByteBuffer
}

extension ByteBuffer {
    mutating func write(_ text: String) {
        writeInteger(Int32(text.utf8.count))
        writeString(text)
    }

    mutating func write(_ bytes: [UInt8]) {
        writeInteger(Int32(bytes.count))
        writeBytes(bytes)
    }

    /// Bytes after their length; nil if there are fewer, or no length.
    mutating func readField() -> [UInt8]? {
        guard let length: Int32 = readInteger(), length >= 0 else { return nil }
        return readBytes(length: Int(length))
    }

    mutating func readText() -> String? { readField().map { String(decoding: $0, as: UTF8.self) } }

    /// The next whole frame, without its length; nil if it has not come yet.
    mutating func readFrame() -> ByteBuffer? {
        guard let length: Int32 = getInteger(at: readerIndex), readableBytes >= Int(length) + 4 else { return nil }
        moveReaderIndex(forwardBy: 4)
        return readSlice(length: Int(max(length, 0)))
    }

    /// The bytes as one frame.
    var framed: ByteBuffer {
        var frame = ByteBuffer(integer: Int32(readableBytes))
        frame.writeImmutableBuffer(self)
        return frame
    }
}

/// A session as the server knows it: whoever has both goes on with it over another connection.
struct ZooKeeperIdentity: Equatable {
    /// 0 for none.
    var session: Int64 = 0
    var password = [UInt8](repeating: 0, count: 16)

    /// Asks for this session, or for a new one that may be silent for so long.
    func question(silence: Duration) -> ByteBuffer {
        var question = ByteBuffer()
        question.writeInteger(Int32(0))
        question.writeInteger(Int64(0))
        question.writeInteger(Int32(silence / .milliseconds(1)))
        question.writeInteger(session)
        question.write(password)
        return question
    }

    /// What the server has given; nil if it is no answer, or if the session that was asked for is over.
    init?(_ answer: ByteBuffer) {
        var answer = answer
        guard let _: Int32 = answer.readInteger(), let silence: Int32 = answer.readInteger(), silence > 0,
            let session: Int64 = answer.readInteger(), let password = answer.readField()
        else { return nil }
        self.session = session
        self.password = password
    }

    init() {}
}
