// The one error of the migrator.

import LibpqClient

/// Why the schema was not brought up to date, or could not be read. Printing one gives a sentence for an operator.
public struct MigrationError: Error, Sendable, CustomStringConvertible {
    public let message: String
    public let underlying: (any Error)?

    init(_ message: String, underlying: (any Error)? = nil) {
        self.message = message
        self.underlying = underlying
    }

    public var description: String { underlying.map { "\(message) (\($0))" } ?? message }

    static func failed(_ step: String, _ error: any Error) -> MigrationError {
        if let error = error as? MigrationError { return error }
        let failure = error as? PostgresError
        // The client is the migrator's alone, so a connection that is not had in time is one that is not made.
        if failure?.code == .connectionFailed
            || failure?.code == .deadlineExceeded && failure?.isOutcomeUnknown == false
        {
            return MigrationError("The database cannot be reached.", underlying: error)
        }
        if failure?.isOutcomeUnknown ?? false {
            return MigrationError("\(step) failed; whether it stands is not known, so run it again.", underlying: error)
        }
        // insufficient_privilege
        let why = failure?.sqlState == "42501" ? ", because the database's role may not do it" : ""
        return MigrationError("\(step) failed\(why); nothing of it stands.", underlying: error)
    }
}
