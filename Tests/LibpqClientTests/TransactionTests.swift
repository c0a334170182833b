// Transactions and borrowed connections.

import Telemetry
import Testing

@testable import LibpqClient

@Suite struct TransactionTests {
    private struct Refusal: Error {}

    private func withTable(_ body: (PostgresClient) async throws -> Void) async throws {
        try await withClient(adapting: { $0.connectionsMax = 2 }) { client in
            try await client.run("CREATE TABLE t (n int4 CONSTRAINT positive CHECK (n > 0))")
            try await body(client)
        }
    }

    private func expect(rows: Int64, _ client: PostgresClient) async throws {
        let count = try await client.run("SELECT count(*) FROM t")
        #expect(try count[0][0].int64() == rows)
    }

    private static let insert = PostgresStatement.test("INSERT INTO t VALUES ($1)", name: "insert", type: .insert)

    @Test("A transaction stands after its closure returns, and returns the closure's result")
    func commit() async throws {
        try await withTable { client in
            let tag = try await client.withTransaction(deadline: .patient) { connection in
                try await connection.query(Self.insert, [.int4(1)]).commandTag
            }
            #expect(tag == "INSERT 0 1")
            try await expect(rows: 1, client)
        }
    }

    @Test("A transaction is rolled back if its closure throws, and the connection is lent again")
    func rollback() async throws {
        try await withTable { client in
            await #expect(throws: Refusal.self) {
                try await client.withTransaction(deadline: .patient) { connection in
                    _ = try await connection.query(Self.insert, [.int4(1)])
                    throw Refusal()
                }
            }
            try await expect(rows: 0, client)
            #expect(client.poolState.idle == 1)
        }
    }

    @Test("A COMMIT that rolled back throws, even if the closure ignored the error")
    func swallowedError() async throws {
        try await withTable { client in
            let error = await failure {
                try await client.withTransaction(deadline: .patient) { connection in
                    _ = try await connection.query(Self.insert, [.int4(1)])
                    #expect(await failure { try await connection.query(Self.insert, [.int4(0)]) }?.sqlState == "23514")
                }
            }
            #expect(error?.code == .server && error?.isOutcomeUnknown == false)
            try await expect(rows: 0, client)
        }
    }

    @Test("A connection cut within a transaction rolls back, with a known outcome")
    func cut() async throws {
        try await withTable { client in
            let error = await failure {
                try await client.withTransaction(deadline: .patient) { connection in
                    _ = try await connection.query(Self.insert, [.int4(1)])
                    let own = try await connection.query(.backend)[0][0].int32()
                    _ = try await connection.query(.terminate, [.int4(own)])
                }
            }
            #expect(error?.code == .connectionLost && error?.isOutcomeUnknown == false)
            try await expect(rows: 0, client)
        }
    }

    @Test("A deadline within a transaction rolls back, with a known outcome")
    func deadline() async throws {
        try await withTable { client in
            let error = await failure {
                try await client.withTransaction(deadline: .now.advanced(by: .milliseconds(500))) { connection in
                    _ = try await connection.query(Self.insert, [.int4(1)])
                    _ = try await connection.query(.hang)
                }
            }
            #expect(error?.code == .deadlineExceeded && error?.isOutcomeUnknown == false)
            try await expect(rows: 0, client)
        }
    }

    @Test("A connection that comes back within a transaction is closed and not lent again")
    func unfinished() async throws {
        try await withTable { client in
            let first = try await client.withConnection(deadline: .patient) { connection in
                _ = try await connection.query(.test("BEGIN"))
                return try await connection.query(.backend)[0][0].int32()
            }
            #expect(try await client.query(.backend, deadline: .patient)[0][0].int32() != first)
        }
    }

    @Test("A connection that a plain call left within a transaction is closed and not lent again")
    func leftOpen() async throws {
        try await withTable { client in
            try await client.execute(script: "BEGIN; INSERT INTO t VALUES (1)", deadline: .patient)
            try await expect(rows: 0, client)
        }
    }

    @Test("A borrowed connection fails after its closure, even while another caller borrows it")
    func escaped() async throws {
        try await withClient(adapting: { $0.connectionsMax = 1 }) { client in
            let escaped = try await client.withConnection(deadline: .patient) { $0 }
            try await client.withConnection(deadline: .patient) { _ in
                #expect(await failure { try await escaped.query(.one) }?.code == .connectionLost)
            }
        }
    }

    @Test("A borrowed connection runs one statement at a time")
    func concurrentUse() async throws {
        try await withClient(adapting: { $0.connectionsMax = 2 }) { client in
            try await client.withConnection(deadline: .patient) { connection in
                let task = Task { await failure { try await connection.query(.hang) } }
                try await client.waitUntilSleeping()
                #expect(await failure { try await connection.query(.one) }?.code == .misuse)
                task.cancel()
                _ = await task.value
            }
        }
    }

    @Test("A script runs all of its statements, or none")
    func script() async throws {
        try await withTable { client in
            try await client.execute(script: "INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)", deadline: .patient)
            let error = await failure {
                try await client.execute(
                    script: "INSERT INTO t VALUES (3); INSERT INTO t VALUES (0)", deadline: .patient)
            }
            #expect(error?.sqlState == "23514" && error?.constraintName == "positive")
            try await expect(rows: 2, client)
        }
    }
}
