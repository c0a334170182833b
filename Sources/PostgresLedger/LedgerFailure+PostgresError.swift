// The one place where a failure of Postgres becomes what the domain knows.

import FlashSale
import LibpqClient
import Telemetry

extension LedgerFailure {
    init(_ error: PostgresError) {
        switch error.code {
        case .deadlineExceeded: self.init(.timeout, underlying: error)
        case .queueFull: self.init(.overloaded, underlying: error)
        case .cancelled: self.init(.clientClosed, underlying: error)
        default: self.init(.database, isByConstraint: error.isByConstraint, underlying: error)
        }
    }

    /// A failure of any kind, as a transaction's closure throws it.
    init(any error: any Error) {
        switch error {
        case let failure as LedgerFailure: self = failure
        case let error as PostgresError: self.init(error)
        default: self.init(.database, underlying: error)
        }
    }
}

extension PostgresError {
    /// Whether the server refused the statement for its data or its state, so that fewer rows may pass: the classes 21
    /// to 23 of SQLSTATE and our own FS002, but not a server that is shutting down or cannot write.
    var isFaultOfARow: Bool {
        guard code == .server, let sqlState else { return false }
        return sqlState.hasPrefix("22") || sqlState.hasPrefix("23") || sqlState.hasPrefix("21") || sqlState == "FS002"
    }

    /// Whether the server cannot take or make a value: class 22 of SQLSTATE. Sent again, it is as bad.
    var isOfAValue: Bool { code == .server && sqlState?.hasPrefix("22") ?? false }

    /// Whether the statement was not run because the function has changed since it was prepared; the next connection
    /// has it prepared anew. `feature_not_supported` ("cached plan must not change result type"),
    /// `invalid_sql_statement_name`, and an internal error where a function that it calls was replaced as it ran.
    var isOfStalePlan: Bool {
        guard code == .server else { return false }
        return sqlState == "0A000" || sqlState == "26000"
            || sqlState == "XX000" && message.hasPrefix("cache lookup failed for function")
    }

    /// Whether a constraint refused the statement: class 23 of SQLSTATE.
    var isByConstraint: Bool { sqlState?.hasPrefix("23") ?? false }

    /// Whether a new sale was refused because it would overlap another.
    var isOverlap: Bool { constraintName == "sales_do_not_overlap" }
}
