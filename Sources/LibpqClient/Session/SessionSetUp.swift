// The first statement of every session, and what its result means.

internal import CLibpq

/// Makes all settings on which the client relies, whatever the database, the role and the URL say. The start-up packet
/// could carry them, but a pooler refuses or drops its options.
struct SessionSetUp {
    /// Its row begins with whether the server is a standby, and whether transactions are read-only.
    let statement: String
    private let acceptsReadOnly: Bool

    init(_ configuration: PostgresClientConfiguration) {
        var settings = configuration.settings
        // Statements of one transaction rely on seeing what the last one left.
        settings["default_transaction_isolation"] = "read committed"
        // Batches wait for the sale's lock, within the statement's time.
        settings["lock_timeout"] = "0"
        settings["statement_timeout"] = configuration.statementTimeout.map { String($0.wholeMilliseconds) }
        settings["idle_in_transaction_session_timeout"] = configuration.idleInTransactionTimeout.map {
            String($0.wholeMilliseconds)
        }
        let calls = settings.sorted { $0.key < $1.key }.map { name, value in
            let text = value.map { $0 == "'" || $0 == "\\" ? "\($0)\($0)" : String($0) }.joined()
            return ", set_config('\(name)', E'\(text)', false)"
        }
        statement =
            "select pg_is_in_recovery(), current_setting('default_transaction_read_only') = 'on'" + calls.joined()
        acceptsReadOnly = configuration.acceptsReadOnly
    }

    /// What has come of it: success, or why the session is none for this client. Nil while its result is under way.
    func result(over connection: OpaquePointer?) -> Result<Void, PostgresError>? {
        let site = CallSite(statementName: nil, file: #fileID, line: #line)
        while PQisBusy(connection) == 0 {
            guard let result = PQgetResult(connection) else { return .success(()) }
            defer { PQclear(result) }
            guard PQresultStatus(result) == PGRES_TUPLES_OK else { return .failure(PostgresError(result, at: site)) }
            guard !acceptsReadOnly else { continue }
            if Self.isTrue(result, 0) {
                return .failure(.readOnly("the server is a standby and cannot write", at: site))
            }
            if Self.isTrue(result, 1) { return .failure(.readOnly("the database is set read-only", at: site)) }
        }
        return nil
    }

    private static func isTrue(_ result: OpaquePointer, _ column: Int32) -> Bool {
        PQgetvalue(result, 0, column).map { String(cString: $0) } == "t"
    }
}

extension Duration {
    fileprivate var wholeMilliseconds: Int64 {
        components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
    }
}
