// The one error of this client: what went wrong with a command or a connection.

/// Why a command has no reply, or why the server refused it.
///
/// Its description is a sentence for a log. No password, key or value goes into `message`.
public struct RedisError: Error, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// The configuration cannot be used; `message` is a sentence for the operator.
        case configuration
        /// There is no connection: none could be made, or the server refused the handshake.
        case connectionFailed
        /// The connection ended before the reply came.
        case connectionLost
        case deadlineExceeded
        case cancelled
        /// The connection has as many commands waiting for replies as it may have.
        case queueFull
        /// The server replied with an error. The prefix is its first word, such as `OOM`, `READONLY` or `WRONGTYPE`.
        case server(prefix: String)
        /// The server sent bytes that are not RESP, or a reply of a shape that the command does not have.
        case `protocol`
    }

    public let code: Code
    public let message: String
    /// Whether the command may have had its effect: it was written, and no reply came.
    public let isOutcomeUnknown: Bool
    public let underlying: (any Error)?
    public let file: String
    public let line: Int

    public init(
        _ code: Code, _ message: String, isOutcomeUnknown: Bool = false, underlying: (any Error)? = nil,
        file: String = #fileID, line: Int = #line
    ) {
        self.code = code
        self.message = message
        self.isOutcomeUnknown = isOutcomeUnknown
        self.underlying = underlying
        self.file = file
        self.line = line
    }

    /// The error of an error reply. Only the prefix and the text up to the first quote are kept, because the server
    /// quotes what it received. Of a missing right it quotes no more than a command's name.
    init(reply text: String, file: String = #fileID, line: Int = #line) {
        let prefix = text.prefix { $0 != " " }
        let unquoted = Self.isOfRights(text) ? text[...] : text.prefix { $0 != "'" && $0 != "`" && $0 != "\"" }
        self.init(.server(prefix: String(prefix.prefix(32))), String(unquoted.prefix(160)), file: file, line: line)
    }

    /// Whether the server's script cache lacks the script.
    public var isNoScript: Bool { code == .server(prefix: "NOSCRIPT") }

    public var description: String {
        let outcome = isOutcomeUnknown ? ", outcome unknown" : ""
        let cause = underlying.map { " (\($0))" } ?? ""
        return "redis \(code.name)\(outcome): \(message)\(cause) [\(file):\(line)]"
    }

    /// The same error for a command that had already been written.
    func withOutcomeUnknown(_ isOutcomeUnknown: Bool) -> RedisError {
        RedisError(
            code, message, isOutcomeUnknown: isOutcomeUnknown, underlying: underlying, file: file, line: line)
    }
}

extension RedisError.Code {
    /// The code as one word, for logs.
    public var name: String {
        switch self {
        case .configuration: "configuration"
        case .connectionFailed: "connection_failed"
        case .connectionLost: "connection_lost"
        case .deadlineExceeded: "deadline_exceeded"
        case .cancelled: "cancelled"
        case .queueFull: "queue_full"
        case .server(let prefix): prefix
        case .protocol: "protocol"
        }
    }
}
