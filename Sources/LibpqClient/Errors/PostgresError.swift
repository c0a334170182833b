// The one error that this module throws: what went wrong, whether the statement may have taken effect, and where the
// call was made. The ledger decides what an SQLSTATE or a constraint means to a buyer.

/// A failed call to Postgres.
///
/// Its description is a sentence for a log. It never holds a password, a connection URL, a parameter, or the server's
/// DETAIL line, which repeats row values.
public struct PostgresError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it was.
    public enum Code: String, CaseIterable, Sendable {
        /// No connection could be made; nothing was sent.
        case connectionFailed = "connection_failed"
        /// The connection broke; see `isOutcomeUnknown`.
        case connectionLost = "connection_lost"
        /// The deadline passed, in the queue or in flight; see `isOutcomeUnknown`.
        case deadlineExceeded = "deadline_exceeded"
        /// The calling task was cancelled; see `isOutcomeUnknown`.
        case cancelled
        /// Too many calls already wait for a connection; nothing was sent.
        case queueFull = "queue_full"
        /// The server refused the statement; `sqlState` says why.
        case server
        /// A column does not hold what was asked of it.
        case decoding
        /// The source of a COPY failed; the server kept none of its rows.
        case copySource = "copy_source"
        /// The client has been shut down; nothing was sent.
        case shutDown = "shut_down"
        /// The caller used the client or the connection in a way that it does not allow.
        case misuse
        /// The configuration cannot work.
        case configuration
    }

    public let code: Code
    /// One sentence, without secrets.
    public let message: String
    /// The five characters of SQLSTATE, if the server sent them.
    public let sqlState: String?
    /// The constraint that refused the statement, if the server named one.
    public let constraintName: String?
    /// The statement's name, never its text or parameters.
    public let statementName: String?
    /// True if the statement was sent and its end is unknown: it may have been executed, or may still run.
    public let isOutcomeUnknown: Bool
    public let underlying: (any Error)?
    /// The file and line that made the call.
    public let file: StaticString
    public let line: UInt

    init(
        _ code: Code, _ message: String, sqlState: String? = nil, constraintName: String? = nil,
        isOutcomeUnknown: Bool = false, underlying: (any Error)? = nil, at site: CallSite
    ) {
        self.code = code
        self.message = message
        self.sqlState = sqlState
        self.constraintName = constraintName
        self.statementName = site.statementName
        self.isOutcomeUnknown = isOutcomeUnknown
        self.underlying = underlying
        self.file = site.file
        self.line = site.line
    }

    public var description: String {
        var text = "postgres \(code.rawValue): \(message)"
        if let statementName { text += " [statement \(statementName)]" }
        if let sqlState { text += " [SQLSTATE \(sqlState)]" }
        if let constraintName { text += " [constraint \(constraintName)]" }
        if isOutcomeUnknown { text += " [outcome unknown]" }
        if let underlying { text += " [because: \(underlying)]" }
        return text + " at \(file):\(line)"
    }
}

/// Where a call was made, and for which statement.
struct CallSite: Sendable {
    let statementName: String?
    let file: StaticString
    let line: UInt
}
