// Errors as libpq has them: of a result, and of a connection.

internal import CLibpq

extension PostgresError {
    /// The error in a statement's result.
    init(_ result: OpaquePointer, at site: CallSite) {
        func field(_ code: Unicode.Scalar) -> String? {
            PQresultErrorField(result, Int32(code.value)).map { String(cString: $0) }
        }
        let message = field("M") ?? String(cString: PQresultErrorMessage(result))
        let position = field("P").map { " at character \($0)" } ?? ""
        self.init(.server, message + position, sqlState: field("C"), constraintName: field("n"), at: site)
    }

    /// read_only_sql_transaction.
    private static let readOnlyState = "25006"

    /// Whether another session may succeed where this one did not. Its prepared statements no longer fit the schema:
    /// feature_not_supported ("cached plan must not change result type") and invalid_sql_statement_name. Or its server
    /// can no longer write.
    var isOfStaleSession: Bool { sqlState == "0A000" || sqlState == "26000" || sqlState == Self.readOnlyState }

    /// A fresh session that cannot write.
    static func readOnly(_ reason: String) -> PostgresError {
        let site = CallSite(statementName: nil, file: #fileID, line: #line)
        return PostgresError(.connectionFailed, reason, sqlState: readOnlyState, at: site)
    }

    /// libpq's message about a connection, in one line.
    static func message(of connection: OpaquePointer) -> String {
        let text = String(cString: PQerrorMessage(connection))
        let sentence = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return sentence.isEmpty ? "the connection broke" : sentence
    }

    /// The SQLSTATE of a connection that the server refused because it has too many. libpq keeps only the server's
    /// message of it.
    static func stateOfRefusal(_ message: String) -> String? {
        let signs = ["too many clients", "too many connections", "remaining connection slots"]
        return signs.contains(where: message.contains) ? "53300" : nil
    }
}
