// The only place where an SQLSTATE becomes the closed `class` label.

public import Telemetry

extension PostgresError {
    /// The error's class for `db_errors_total`.
    public var errorClass: DatabaseErrorClass {
        switch code {
        case .connectionFailed, .connectionLost:
            sqlState == "53300" ? .tooManyConnections : .connection
        case .deadlineExceeded, .cancelled: .canceled
        case .server: sqlState.map(Self.errorClass(ofState:)) ?? .other
        case .queueFull, .decoding, .copySource, .shutDown, .misuse, .configuration: .other
        }
    }

    /// The class of an SQLSTATE (Postgres documentation, appendix A).
    static func errorClass(ofState state: String) -> DatabaseErrorClass {
        switch state {
        case "40001": .serialization
        case "40P01": .deadlock
        case "23505": .uniqueViolation
        case "23514": .checkViolation
        case "23503": .foreignKeyViolation
        case "55P03": .lockTimeout
        case "57014": .canceled
        case "53300": .tooManyConnections
        case "25006": .readOnly
        case _ where state.hasPrefix("08") || state.hasPrefix("57P"): .connection
        case _ where state.hasPrefix("42"): .syntax
        default: .other
        }
    }
}
