// A command ready for the wire: its bytes and its name in metrics.

internal import CHiredis
public import NIOCore
public import Telemetry

/// One command as it passes through the middleware.
///
/// Middleware sees what kind of command it is, never its keys and values.
public struct RedisCommand: Sendable {
    public let label: RedisCommandLabel
    /// The script that a `script` or `evalsha` command is about.
    public let script: ScriptLabel?
    /// When the caller stops waiting.
    public internal(set) var deadline: NIODeadline = .distantFuture
    /// Whether others than its caller wait for it too: then it does not end when the caller is cancelled.
    var isShared = false

    let payload: ByteBuffer

    /// A command of these words. The first is its name. A word may hold any bytes.
    public init(_ label: RedisCommandLabel, _ words: [String]) {
        self.init(label, script: nil, words: words)
    }

    init(_ label: RedisCommandLabel, script: ScriptLabel?, words: [String]) {
        self.init(label, script: script, payload: Self.format(words))
    }

    init(_ label: RedisCommandLabel, script: ScriptLabel?, payload: ByteBuffer) {
        self.label = label
        self.script = script
        self.payload = payload
    }

    /// EVALSHA of a script whose hash the connection has learned.
    static func evalsha(
        _ script: RedisScript, sha: [UInt8], keyCount: Int, _ arguments: RedisArguments
    ) -> RedisCommand {
        var payload = ByteBufferAllocator().buffer(capacity: 96 + arguments.buffer.readableBytes)
        payload.writeArrayHeader(count: 3 + arguments.count)
        payload.writeStaticString("$7\r\nEVALSHA\r\n")
        payload.writeBytes(sha)
        payload.writeBulk(String(keyCount))
        payload.writeImmutableBuffer(arguments.buffer)
        return RedisCommand(.evalsha, script: script.label, payload: payload)
    }

    private static func format(_ words: [String]) -> ByteBuffer {
        precondition(!words.isEmpty, "a command has a name")
        let lengths = words.map { $0.utf8.count }
        var bytes = words.flatMap { $0.utf8 }
        bytes.append(0)
        return bytes.withUnsafeBytes { bytes in
            var offset = 0
            var pointers: [UnsafePointer<CChar>?] = lengths.map { length in
                defer { offset += length }
                return bytes.baseAddress.map { ($0 + offset).assumingMemoryBound(to: CChar.self) }
            }
            var target: UnsafeMutablePointer<CChar>?
            let length = redisFormatCommandArgv(&target, Int32(words.count), &pointers, lengths)
            guard length > 0, let target else { fatalError("no memory for a command") }
            defer { redisFreeCommand(target) }
            return ByteBuffer(bytes: UnsafeRawBufferPointer(start: target, count: Int(length)))
        }
    }
}
