// The classes and descriptions of errors.

import Telemetry
import Testing

@testable import LibpqClient

@Suite struct ErrorTests {
    @Test(
        "An SQLSTATE has its class",
        arguments: [
            ("40001", .serialization), ("40P01", .deadlock), ("23505", .uniqueViolation), ("23514", .checkViolation),
            ("23503", .foreignKeyViolation), ("55P03", .lockTimeout), ("57014", .canceled), ("57P01", .connection),
            ("08006", .connection), ("53300", .tooManyConnections), ("25006", .readOnly), ("42601", .syntax),
            ("42P01", .syntax), ("22P02", .other),
        ] as [(String, DatabaseErrorClass)])
    func errorClass(state: String, expected: DatabaseErrorClass) {
        #expect(PostgresError.errorClass(ofState: state) == expected)
    }

    @Test("An error's description says what failed, in which statement, and where")
    func description() {
        let site = CallSite(statementName: "record", file: "Here.swift", line: 7)
        let error = PostgresError(
            .server, "no", sqlState: "23514", constraintName: "buyer_limit", isOutcomeUnknown: true, at: site
        )
        #expect(
            "\(error)" == "postgres server: no [statement record] [SQLSTATE 23514] [constraint buyer_limit] "
                + "[outcome unknown] at Here.swift:7"
        )
    }
}
