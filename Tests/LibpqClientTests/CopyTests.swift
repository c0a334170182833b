// COPY: bulk load through the same connections and the same chain.

import Telemetry
import Testing

@testable import LibpqClient

@Suite struct CopyTests {
    private struct Refusal: Error {}

    private static let binary = PostgresStatement.test("COPY t FROM STDIN (FORMAT binary)", type: .copy)
    private static let text = PostgresStatement.test("COPY t FROM STDIN", type: .copy)

    private func withTable(_ body: (PostgresClient) async throws -> Void) async throws {
        try await withClient(adapting: { $0.connectionsMax = 1 }) { client in
            try await client.run("CREATE TABLE t (n int4 PRIMARY KEY, name text)")
            try await body(client)
        }
    }

    /// Expects the table to hold so many rows, and so many with a name.
    private func expect(rows: Int64, named: Int64, _ client: PostgresClient) async throws {
        let row = try await client.run("SELECT count(*), count(name) FROM t")[0]
        #expect(try row[0].int64() == rows && row[1].int64() == named)
    }

    @Test("COPY takes 10,000 rows in binary format, in chunks")
    func binary() async throws {
        try await withTable { client in
            let copied = try await client.copyIn(Self.binary, deadline: .patient) { writer in
                var buffer = PostgresCopyBuffer()
                for number in 1...10_000 as ClosedRange<Int32> {
                    buffer.append(.int4(number), number.isMultiple(of: 2) ? .text("item \(number)") : .null)
                    if buffer.count >= 16_384 { try await writer.write(buffer.take()) }
                }
                try await writer.write(buffer.finish())
            }
            #expect(copied == 10_000)
            try await expect(rows: 10_000, named: 5_000, client)
            #expect(try await client.run("SELECT sum(n) FROM t WHERE name = 'item ' || n")[0][0].int64() == 25_005_000)
        }
    }

    @Test("COPY takes more text than the socket takes at once")
    func text() async throws {
        try await withTable { client in
            let copied = try await client.copyIn(Self.text, deadline: .patient) { writer in
                let name = String(repeating: "x", count: 10_000)
                for number in 1...2_000 { try await writer.write(Array("\(number)\t\(name)\n".utf8)) }
            }
            #expect(copied == 2_000)
        }
    }

    @Test("If the source throws, no row is kept, the error has the cause, and the connection stays usable")
    func sourceFails() async throws {
        try await withTable { client in
            let error = await failure {
                try await client.copyIn(Self.text, deadline: .patient) { writer in
                    try await writer.write(Array("1\tone\n".utf8))
                    throw Refusal()
                }
            }
            #expect(error?.code == .copySource && error?.underlying is Refusal)
            try await expect(rows: 0, named: 0, client)
        }
    }

    @Test("If the server refuses a row, no row is kept, and the error has the SQLSTATE")
    func serverRefuses() async throws {
        try await withTable { client in
            let error = await failure {
                try await client.copyIn(Self.text, deadline: .patient) { writer in
                    try await writer.write(Array("1\tone\n1\tagain\n".utf8))
                }
            }
            #expect(error?.code == .server && error?.sqlState == "23505")
            try await expect(rows: 0, named: 0, client)
        }
    }

    @Test("A statement that is no COPY FROM STDIN fails with the server's error")
    func wrongStatement() async throws {
        try await withTable { client in
            let copy = PostgresStatement.test("COPY nothing FROM STDIN", type: .copy)
            #expect(await failure { try await client.copyIn(copy, deadline: .patient) { _ in } }?.sqlState == "42P01")
            try await expect(rows: 0, named: 0, client)
        }
    }

    @Test(
        "A COPY sent as a plain query is refused as misuse, and the client goes on",
        arguments: [
            "COPY t FROM STDIN", "COPY t TO STDOUT",
        ])
    func plainQuery(sql: String) async throws {
        try await withTable { client in
            #expect(await failure { try await client.run(sql) }?.code == .misuse)
            try await expect(rows: 0, named: 0, client)
        }
    }

    @Test("A source that hangs fails at the deadline of its next chunk")
    func deadline() async throws {
        try await withTable { client in
            let deadline = ContinuousClock.now.advanced(by: .milliseconds(200))
            let error = await failure {
                try await client.copyIn(Self.text, deadline: deadline) { writer in
                    while true {
                        try Task.checkCancellation()
                        try await writer.write(Array("1\tone\n".utf8))
                    }
                }
            }
            #expect(error?.code == .deadlineExceeded && error?.isOutcomeUnknown == false)
            try await expect(rows: 0, named: 0, client)
        }
    }
}
