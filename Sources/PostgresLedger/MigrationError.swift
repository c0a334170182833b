// The one error of the migrator.

import LibpqClient

/// Why the schema could not be brought to a version, or read. Printing one gives sentences for an operator.
public struct MigrationError: Error, Sendable, CustomStringConvertible {
    public let message: String
    public let underlying: (any Error)?

    init(_ message: String, underlying: (any Error)? = nil) {
        self.message = message
        self.underlying = underlying
    }

    public var description: String { underlying.map { "\(message) (\($0))" } ?? message }

    static func unknown(_ version: Int, known: Int) -> MigrationError {
        MigrationError("The database is at version \(version), this build knows \(known).")
    }

    static func changed(_ name: String) -> MigrationError {
        MigrationError("The migration \(name) has changed since it was applied to this database.")
    }

    static func failed(_ step: String, _ error: any Error) -> MigrationError {
        if let error = error as? MigrationError { return error }
        let failure = error as? PostgresError
        if failure?.code == .connectionFailed {
            return MigrationError("The database cannot be reached.", underlying: error)
        }
        let isUnknown = failure?.isOutcomeUnknown ?? false
        let stands = isUnknown ? "whether it stands is not known, so run it again" : "nothing of it stands"
        return MigrationError("\(step) failed; \(stands).", underlying: error)
    }
}
