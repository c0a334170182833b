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
        get async throws { try await number("SELECT count(order_number) FROM units") }
    }

    /// Counts the contradictions in the ledger: between units and orders, in every buyer's total and in every stock.
    var contradictions: Int {
        get async throws {
            try await number(
                """
                SELECT (SELECT count(*) FROM units u LEFT JOIN orders o USING (sale_id, code, order_number)
                        WHERE (u.order_number IS NULL) <> (o.user_id IS NULL)
                            OR u.order_number IS NOT NULL AND u.price_minor IS NULL)
                    + (SELECT count(*) FROM orders o LEFT JOIN (SELECT sale_id, order_number, sum(price_minor)
                            FROM (SELECT sale_id, order_number, price_minor FROM units UNION ALL
                                SELECT sale_id, order_number, price_minor FROM ended_holds) s GROUP BY 1, 2)
                            u (sale_id, order_number, total) USING (sale_id, order_number)
                        WHERE u.total IS DISTINCT FROM o.total_minor)
                    + (SELECT count(*) FROM buyers b
                        FULL JOIN (SELECT sale_id, user_id, count(*) - count(order_number), count(order_number)
                            FROM units JOIN checkouts USING (sale_id, code) GROUP BY 1, 2)
                            u (sale_id, user_id, held, bought) USING (sale_id, user_id)
                        WHERE (b.held, b.bought) IS DISTINCT FROM (coalesce(u.held, 0), coalesce(u.bought, 0)))
                    + (SELECT count(*) FROM (SELECT sale_id, sum(held), sum(sold) FROM stocks GROUP BY 1)
                            w (sale_id, held, sold)
                        LEFT JOIN (SELECT sale_id, count(*) - count(order_number), count(order_number) FROM units
                            GROUP BY 1) u (sale_id, held, sold) USING (sale_id)
                        WHERE (w.held, w.sold) IS DISTINCT FROM (coalesce(u.held, 0), coalesce(u.sold, 0)))
                """)
        }
    }
}
