// Who has sessions with the ledger's server, as Postgres itself tells it.

public import FlashSale
public import LibpqClient
internal import Telemetry

/// Asks about sessions of the ledger's server, for somebody who looks.
public struct LedgerSessions: Sendable {
    /// An instance of the service, by its sessions.
    public struct Instance: Sendable {
        public let name: String
        public let sessions: Int
        /// When the oldest of them began.
        public let since: Timestamp
    }

    /// A server that this one streams its changes to.
    public struct Replica: Sendable {
        public let name: String
        /// Nil for what the role may not see, as the lag: that takes `pg_monitor`.
        public let state: String?
        public let lagMilliseconds: Int64?
    }

    /// Begins the names of instances where sessions show them.
    public static let namePrefix = "flashsale "

    private static let instances = PostgresStatement(
        "instances",
        """
        select substr(application_name, length($1::text) + 1), count(*)::int4,
            (extract(epoch from min(backend_start)) * 1000000)::int8
        from pg_stat_activity
        where datname = current_database() and starts_with(application_name, $1::text)
        group by 1 order by 1
        """, type: .select, table: .none)
    private static let dutyHolders = PostgresStatement(
        "duty_holders",
        """
        select d.duty, substr(a.application_name, length($1::text) + 1)
        from duties d
        join pg_locks l on l.locktype = 'advisory' and l.objsubid = 2 and l.granted
            and l.classid = 'duties'::regclass and l.objid = duty_key(d.duty)::oid
            and l.database = (select oid from pg_database where datname = current_database())
        join pg_stat_activity a on a.pid = l.pid
        """, type: .select, table: .none)
    private static let replicas = PostgresStatement(
        "replicas",
        "select application_name, state, (extract(epoch from replay_lag) * 1000)::int8 from pg_stat_replication",
        type: .select, table: .none)
    private static let backend = PostgresStatement(
        "backend", "select pg_backend_pid()", type: .select, table: .none, isPrepared: false)

    private let client: PostgresClient
    private let limit: Duration

    /// - Parameter limit: how long an answer may take.
    public init(client: PostgresClient, within limit: Duration) {
        self.client = client
        self.limit = limit
    }

    /// The instances that have sessions with the ledger's database, by their names.
    public func instances() async throws(PostgresError) -> [Instance] {
        try await rows(of: Self.instances, [.text(Self.namePrefix)]).map { row throws(PostgresError) in
            Instance(
                name: try row[0].string(), sessions: Int(try row[1].int32()),
                since: Timestamp(microseconds: try row[2].int64()))
        }
    }

    /// Which instance holds which duty's lock in Postgres, as it is while Redis is away.
    public func dutyHolders() async throws(PostgresError) -> [String: String] {
        let rows = try await rows(of: Self.dutyHolders, [.text(Self.namePrefix)])
        let pairs = try rows.map { row throws(PostgresError) in (try row[0].string(), try row[1].string()) }
        return Dictionary(pairs) { first, _ in first }
    }

    public func replicas() async throws(PostgresError) -> [Replica] {
        try await rows(of: Self.replicas).map { row throws(PostgresError) in
            Replica(
                name: try row[0].string(), state: try row[1].optional?.string(),
                lagMilliseconds: try row[2].optional?.int64())
        }
    }

    /// Whether a pooler before Postgres serves one connection by several sessions of the server. What the service sets,
    /// prepares or locks in a session is then another's.
    ///
    /// Two connections show it: a transaction of the second takes the server's session from the first, or sends the
    /// first to another. A busy pooler may hide it once, and so they try a few times.
    public func areShared() async throws -> Bool {
        let deadline = ContinuousClock.now + limit
        do {
            return try await client.withConnection(deadline: deadline) { first in
                for _ in 0..<8 {
                    let before = try await Self.backendID(of: first)
                    let (other, after) = try await client.withTransaction(deadline: deadline) { second in
                        (try await Self.backendID(of: second), try await Self.backendID(of: first))
                    }
                    if other == before || after != before { return true }
                }
                return false
            }
        } catch let error as PostgresError where error.message.contains("pooling mode") {
            // The words by which pgbouncer refuses a transaction where it lends a session for one statement.
            return true
        }
    }

    private static func backendID(of connection: PostgresConnection) async throws(PostgresError) -> Int32 {
        try await connection.query(backend).firstRow()[0].int32()
    }

    private func rows(
        of statement: PostgresStatement, _ parameters: [PostgresValue] = []
    ) async throws(PostgresError) -> [PostgresRow] {
        Array(try await client.query(statement, parameters, deadline: .now + limit))
    }
}
