// A statement: its SQL, the name it is prepared under, and the labels it is measured by.

public import Telemetry

/// A statement that can be sent any number of times.
///
/// A prepared statement is parsed once on each connection, under its name; two statements of one client must not share
/// a name. The SQL decides the parameters' types: where Postgres cannot infer one, or infers another than the value
/// has, write a cast (`$1::int8`).
public struct PostgresStatement: Sendable {
    /// Names the statement in logs, errors and on the server.
    public let name: String
    public let sql: String
    public let queryType: QueryType
    public let table: QueryTable
    /// False for statements that are rare or cannot be prepared.
    public let isPrepared: Bool
    /// The subject of its spans.
    public let subject: SpanSubject

    public init(_ name: String, _ sql: String, type: QueryType, table: QueryTable, isPrepared: Bool = true) {
        self.name = name
        self.sql = sql
        self.queryType = type
        self.table = table
        self.isPrepared = isPrepared
        subject = SpanSubject(name, text: sql)
    }

    static let begin = PostgresStatement("begin", "BEGIN", type: .begin, table: .none, isPrepared: false)
    static let commit = PostgresStatement("commit", "COMMIT", type: .commit, table: .none, isPrepared: false)
    static let rollback = PostgresStatement("rollback", "ROLLBACK", type: .rollback, table: .none, isPrepared: false)
}
