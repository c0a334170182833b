// The first statement of every session, and what its result means.

internal import CLibpq

/// Makes all settings on which the client relies, whatever the database, the role and the URL say. The start-up packet
/// could carry them, but a pooler refuses or drops its options.
struct SessionSetUp {
    /// The oldest major version of Postgres that the client works with.
    static let versionLeast = 15

    /// What statements, functions and their callers rely on. The search path is not among them: it says where the
    /// schema is, and that is for the URL, the role or the database to say.
    private static let relied = [
        "DateStyle": "ISO, MDY", "IntervalStyle": "postgres", "TimeZone": "UTC", "bytea_output": "hex",
        "extra_float_digits": "1", "standard_conforming_strings": "on",
        // Statements of one transaction rely on seeing what the last one left.
        "default_transaction_isolation": "read committed", "default_transaction_deferrable": "off",
        // A policy must not hide rows in silence: a statement that it would apply to fails instead.
        "row_security": "off",
        // Batches wait for the sale's lock, within the statement's time.
        "lock_timeout": "0",
    ]

    /// Those that take every text that operators write.
    private static let encodings = ["UTF8", "SQL_ASCII"]

    /// What a configuration may set otherwise.
    private static let usual = ["idle_session_timeout": "0", "jit": "off", "plan_cache_mode": "auto"]

    /// The row of its last part begins with whether the server is a standby, whether transactions are read-only,
    /// whether triggers and foreign keys are off, the server's origin, and the database's encoding. The timeline of a
    /// server that was just promoted is in no checkpoint yet.
    let statement: String
    private let acceptsReadOnly: Bool
    private var origin: ServerOrigin?

    init(_ configuration: PostgresClientConfiguration) {
        func milliseconds(_ limit: Duration?) -> String { String(limit?.wholeMilliseconds ?? 0) }
        var settings = Self.usual.merging(configuration.settings) { $1 }.merging(Self.relied) { $1 }
        settings["idle_in_transaction_session_timeout"] = milliseconds(configuration.idleInTransactionTimeout)
        let calls = settings.sorted { $0.key < $1.key }.map { ", \(Self.call($0.key, $0.value))" }
        // The limit of time comes first, so that a short one of the database does not end what follows.
        statement =
            "set statement_timeout to \(milliseconds(configuration.statementTimeout)); "
            + "select pg_is_in_recovery(), current_setting('default_transaction_read_only') = 'on'"
            + ", current_setting('session_replication_role') = 'replica'"
            + ", (select system_identifier from pg_control_system()), greatest("
            + "(select timeline_id from pg_control_checkpoint())"
            + ", (select min_recovery_end_timeline from pg_control_recovery()))"
            + ", current_setting('server_encoding')" + calls.joined()
            // Postgres has this one since version 17.
            + ", case when current_setting('transaction_timeout', true) is not null"
            + " then \(Self.call("transaction_timeout", "0")) end"
        acceptsReadOnly = configuration.acceptsReadOnly
    }

    private static func call(_ name: String, _ value: String) -> String {
        let text = value.map { $0 == "'" || $0 == "\\" ? "\($0)\($0)" : String($0) }.joined()
        return "set_config('\(name)', E'\(text)', false)"
    }

    /// Why a server is too old for the client; nil if it is not.
    ///
    /// - Parameter version: as libpq has it, such as 150018.
    static func refusal(ofServer version: Int32) -> PostgresError? {
        guard version / 10_000 < versionLeast else { return nil }
        // Before version 10 the second part belonged to the major version too.
        let name = version < 100_000 ? "\(version / 10_000).\(version / 100 % 100)" : "\(version / 10_000)"
        return refusal("the server is Postgres \(name), and this needs \(versionLeast) or newer")
    }

    /// What has come of it: the origin of a server that can write, nil of one that need not, or why the session is none
    /// for this client. Nil while its result is under way.
    mutating func result(over connection: OpaquePointer?) -> Result<ServerOrigin?, PostgresError>? {
        while PQisBusy(connection) == 0 {
            guard let result = PQgetResult(connection) else { return .success(origin) }
            defer { PQclear(result) }
            if PQresultStatus(result) == PGRES_COMMAND_OK { continue }
            guard PQresultStatus(result) == PGRES_TUPLES_OK else {
                return .failure(PostgresError(result, at: CallSite(statementName: nil, file: #fileID, line: #line)))
            }
            let encoding = Self.text(result, 5)
            guard Self.encodings.contains(encoding) else {
                return .failure(
                    Self.refusal("the database's encoding is \(encoding): make it anew with ENCODING 'UTF8'"))
            }
            guard !acceptsReadOnly else { continue }
            if Self.isTrue(result, 0) {
                return .failure(.readOnly("the server is a standby and cannot write"))
            }
            if Self.isTrue(result, 1) { return .failure(.readOnly("the database is set read-only")) }
            if Self.isTrue(result, 2) {
                return .failure(
                    Self.refusal(
                        "session_replication_role is replica for this role and database, so triggers would not run:"
                            + " set it to origin"))
            }
            origin = ServerOrigin(systemIdentifier: Self.text(result, 3), timeline: Int(Self.text(result, 4)) ?? 0)
        }
        return nil
    }

    private static func refusal(_ sentence: String) -> PostgresError {
        PostgresError(.connectionFailed, sentence, at: CallSite(statementName: nil, file: #fileID, line: #line))
    }

    private static func isTrue(_ result: OpaquePointer, _ column: Int32) -> Bool { text(result, column) == "t" }

    private static func text(_ result: OpaquePointer, _ column: Int32) -> String {
        PQgetvalue(result, 0, column).map { String(cString: $0) } ?? ""
    }
}

extension Duration {
    fileprivate var wholeMilliseconds: Int64 {
        components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
    }
}
