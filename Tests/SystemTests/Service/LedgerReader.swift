// The tests' own reading of Postgres. It shares no statement with the service, so that both cannot be wrong alike.

import LibpqClient
import Telemetry

struct LedgerReader: Sendable {
    /// The name that distinguishes its connections from the services'.
    static let name = "flashsale-test"

    private let client: PostgresClient

    init(url: String) throws {
        var configuration = PostgresClientConfiguration(url: url)
        configuration.applicationName = Self.name
        configuration.acceptsReadOnly = true
        configuration.statementTimeout = .seconds(60)
        // A test that holds a sale's lock waits for the service meanwhile.
        configuration.idleInTransactionTimeout = .seconds(60)
        configuration.acquireTimeout = .seconds(60)
        configuration.connectTimeout = .seconds(60)
        // Postgres may still plan for empty tables, and join large ones row by row, for minutes.
        configuration.settings["enable_nestloop"] = "off"
        // An unavoidable loop then looks so costly that Postgres would compile each statement first, for 0.3 s.
        configuration.settings["jit"] = "off"
        client = try PostgresClient(configuration)
    }

    func close() async {
        await client.shutdown(deadline: .now)
    }

    /// The first column of all rows.
    func numbers(_ sql: String) async throws -> [Int] {
        let statement = PostgresStatement(
            "test", "SELECT n::int8 FROM (\(sql)) r (n)", type: .select, table: .none, isPrepared: false)
        let rows = try await client.query(statement, deadline: .now + .seconds(60))
        return try rows.map { Int(try $0[0].int64()) }
    }

    /// What the keys of a sale in Redis begin with.
    func keys(of sale: Int) async throws -> String {
        let statement = PostgresStatement(
            "keys", "SELECT ledger_identity()", type: .select, table: .none, isPrepared: false)
        let row = try await client.query(statement, deadline: .now + .seconds(60)).firstRow()
        return "flashsale:{\(try row[0].string()):\(sale)}"
    }

    /// The single number that a statement returns.
    func number(_ sql: String) async throws -> Int {
        try await numbers(sql).first ?? 0
    }

    func run(_ script: String) async throws {
        try await client.execute(script: script, deadline: .now + .seconds(60))
    }

    /// Blocks every batch of a sale while the closure runs: the ledger's writes wait for the sale's lock.
    func withSaleBlocked(_ sale: Int, _ body: () async throws -> Void) async throws {
        try await client.withTransaction(deadline: .now + .seconds(60)) { connection in
            let lock = PostgresStatement(
                "block", "SELECT pg_advisory_xact_lock('sales'::regclass::oid::int, \(sale))", type: .select,
                table: .none, isPrepared: false)
            _ = try await connection.query(lock)
            try await body()
        }
    }

    var soldUnits: Int {
        get async throws { try await number("SELECT count(*) FROM order_items") }
    }

    /// Counts the contradictions in the ledger: between units, holds and orders, and in every buyer's total.
    var contradictions: Int {
        get async throws {
            try await number(
                """
                SELECT (SELECT count(*) FROM units u FULL JOIN order_items o USING (sale_id, item, number)
                        WHERE u.order_number IS DISTINCT FROM o.order_number)
                    + (SELECT count(*) FROM units u FULL JOIN (SELECT * FROM holds WHERE ended_at IS NULL) h
                            ON (h.sale_id, h.hold_id, h.item, h.number) = (u.sale_id, u.hold_id, u.item, u.number)
                        WHERE (u.hold_id IS NULL) <> (h.hold_id IS NULL))
                    + (SELECT count(*) FROM order_items i LEFT JOIN orders o USING (sale_id, order_number)
                        WHERE o.code IS NULL)
                    + (SELECT count(*) FROM buyers b
                        LEFT JOIN (SELECT c.sale_id, c.user_id, count(*) FROM holds h JOIN checkouts c
                            USING (sale_id, code) WHERE h.ended_at IS NULL GROUP BY 1, 2) h (sale_id, user_id, n)
                            USING (sale_id, user_id)
                        LEFT JOIN (SELECT o.sale_id, o.user_id, count(*) FROM order_items i JOIN orders o
                            USING (sale_id, order_number) GROUP BY 1, 2) o (sale_id, user_id, n)
                            USING (sale_id, user_id)
                        WHERE b.held <> coalesce(h.n, 0) OR b.bought <> coalesce(o.n, 0))
                """)
        }
    }
}
