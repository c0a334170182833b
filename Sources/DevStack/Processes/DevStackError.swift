// What went wrong with a private server, as one sentence that a person can act on, with the end of the server's log.

import Glibc

/// Why a private server could not be started, used or stopped.
public struct DevStackError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure, for callers that handle it.
    public enum Code: Hashable, Sendable {
        /// A program is not installed.
        case programMissing
        /// Another live server uses the directory.
        case directoryInUse
        /// The directory cannot be made, holds other files, or holds data of another version.
        case directoryUnusable
        /// The requested port is taken.
        case portInUse
        /// The server ended, or was not ready before its deadline.
        case notReady
        /// The operating system or a server's tool refused.
        case commandFailed
    }

    public let code: Code
    /// One sentence, without secrets.
    public let message: String
    /// The last lines of the server's log; empty if it has none.
    public let logTail: String

    init(_ code: Code, _ message: String, logTail: String = "") {
        self.code = code
        self.message = message
        self.logTail = logTail
    }

    /// The failure of a system call, in the system's words.
    static func system(_ what: String, _ number: Int32) -> DevStackError {
        DevStackError(.commandFailed, "\(what): \(String(cString: strerror(number))).")
    }

    public var description: String {
        logTail.isEmpty ? message : "\(message)\nThe end of its log:\n\(logTail)"
    }
}
