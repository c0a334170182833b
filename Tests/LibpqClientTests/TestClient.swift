// A client of a database of its own for one test, and the statements that tests share.

import DevStack
import Telemetry

@testable import LibpqClient

/// Lends a client of a fresh database, and shuts it down afterwards.
func withClient(
    middlewares: [any PostgresMiddleware] = [],
    observe: @escaping @Sendable (PostgresClientEvent) -> Void = { _ in },
    adapting adapt: (inout PostgresClientConfiguration) -> Void = { _ in },
    _ body: (PostgresClient) async throws -> Void
) async throws {
    try await TestServers.shared.withDatabase { url in
        var configuration = PostgresClientConfiguration(url: url)
        // Long enough for a busy machine. Tests about time set their own limits.
        configuration.statementTimeout = .seconds(60)
        configuration.acquireTimeout = .seconds(60)
        configuration.connectTimeout = .seconds(60)
        adapt(&configuration)
        let client = try PostgresClient(configuration, middlewares: middlewares, observe: observe)
        do {
            try await body(client)
        } catch {
            await client.shutdown(deadline: .now)
            throw error
        }
        await client.shutdown(deadline: .now)
    }
}

extension PostgresStatement {
    /// A statement with the labels that tests use.
    static func test(_ sql: String, name: String? = nil, type: QueryType = .select) -> PostgresStatement {
        PostgresStatement(name ?? "test", sql, type: type, table: .none, isPrepared: name != nil)
    }

    static let one = test("SELECT 1::int4", name: "one")
    static let hang = test("SELECT pg_sleep(60)")
    static let backend = test("SELECT pg_backend_pid()")
    static let terminate = test("SELECT pg_terminate_backend($1::int4)")
}

extension ContinuousClock.Instant {
    /// Later than any test needs.
    static var patient: ContinuousClock.Instant { .now.advanced(by: .seconds(60)) }
}

extension PostgresClient {
    /// Runs a statement without parameters.
    @discardableResult
    func run(_ sql: String) async throws(PostgresError) -> PostgresRows {
        try await query(.test(sql), deadline: .patient)
    }

    /// Runs a `COPY … FROM STDIN` on a connection of its own.
    @discardableResult
    func copyIn(
        _ statement: PostgresStatement, deadline: ContinuousClock.Instant,
        _ body: @escaping @Sendable (PostgresCopyWriter) async throws -> Void
    ) async throws -> Int {
        try await withConnection(deadline: deadline) { try await $0.copyIn(statement, body) }
    }

    /// Returns as soon as the condition holds on the server; an error if it does not within 20 s.
    func wait(until condition: String) async throws(PostgresError) {
        try await execute(
            script: """
                DO $$ BEGIN
                    FOR turn IN 1..2000 LOOP
                        PERFORM pg_stat_clear_snapshot();
                        IF \(condition) THEN RETURN; END IF;
                        PERFORM pg_sleep(0.01);
                    END LOOP;
                    RAISE 'the condition never held';
                END $$
                """,
            deadline: .patient
        )
    }

    func waitUntilSleeping(count: Int = 1) async throws(PostgresError) {
        try await wait(until: "(\(Self.sleepers)) = \(count)")
    }

    static let sleepers = """
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND state = 'active' AND query LIKE 'SELECT pg_sleep(60)%'
        """
}

/// The `PostgresError` that the closure throws; nil if it throws none.
func failure<R>(_ body: () async throws -> R) async -> PostgresError? {
    do {
        _ = try await body()
        return nil
    } catch {
        return error as? PostgresError
    }
}
