// The middleware chain: every statement passes it, in order.

import Foundation
import Logging
import Synchronization
import Telemetry
import Testing

@testable import LibpqClient

@Suite struct MiddlewareTests {
    /// Records each statement that passes, before and after.
    private final class Recorder: PostgresMiddleware {
        private let notes = Mutex<[String]>([])
        private let mark: String

        init(mark: String = "") { self.mark = mark }

        var seen: [String] { notes.withLock { $0 } }

        nonisolated(nonsending) func handle(
            _ call: PostgresCall, next: PostgresNext
        ) async throws(PostgresError) -> PostgresRows {
            notes.withLock { $0.append(mark + call.statement.queryType.rawValue) }
            do {
                return try await next(call)
            } catch {
                notes.withLock { $0.append("\(mark)\(error.code.rawValue)") }
                throw error
            }
        }
    }

    @Test("BEGIN, COMMIT, ROLLBACK, COPY, scripts and plain queries all pass the chain")
    func everything() async throws {
        let recorder = Recorder()
        try await withClient(middlewares: [recorder]) { client in
            try await client.execute(script: "CREATE TABLE t (n int4)", deadline: .patient)
            try await client.withTransaction(deadline: .patient) { _ = try await $0.query(.one) }
            _ = await failure {
                try await client.withTransaction(deadline: .patient) { _ = try await $0.query(.test("nonsense")) }
            }
            let copy = PostgresStatement.test("COPY t FROM STDIN", type: .copy)
            _ = try await client.copyIn(copy, deadline: .patient) { try await $0.write(Array("1\n".utf8)) }
        }
        #expect(
            recorder.seen
                == ["OTHER", "BEGIN", "SELECT", "COMMIT", "BEGIN", "SELECT", "server", "ROLLBACK", "COPY"]
        )
    }

    @Test("Only one file sends statements, and only the chain's end gives it calls")
    func noWayAround() throws {
        let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Sources/LibpqClient").standardizedFileURL
        var places: [String: Set<String>] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: sources.path) where path.hasSuffix(".swift") {
            let file = sources.appendingPathComponent(path)
            let text = try String(contentsOf: file, encoding: .utf8)
            for call in ["PQsend", "PQput", "PQexec", ".start(pending)", "pool.send("] where text.contains(call) {
                places[call, default: []].insert(file.lastPathComponent)
            }
        }
        #expect(places["PQsend"] == ["PostgresSession.swift"])
        #expect(places["PQput"] == ["PostgresSession.swift"])
        #expect(places["PQexec"] == nil)
        #expect(places[".start(pending)"] == ["PostgresPool+Send.swift"])
        #expect(places["pool.send("] == ["PostgresMiddleware.swift"])
    }

    @Test("A long wait for a connection is a span in the waiting task's trace")
    func poolWait() async throws {
        let instruments = Instruments()
        let tracer = Tracer(
            sampler: Sampler(root: .always, followsParent: true), slow: .seconds(60), instruments: instruments.tracing
        ) { _ in }
        let metrics = PostgresMetricsMiddleware(instruments.database, isTracing: true)
        try await withClient(middlewares: [metrics], adapting: { $0.connectionsMax = 1 }) { client in
            let trace = tracer.begin(.request)
            try await withThrowingTaskGroup(of: Void.self) { group in
                try await client.withTransaction(deadline: .patient) { transaction in
                    group.addTask {
                        try await Trace.$current.withValue(trace) {
                            _ = try await client.query(.one, deadline: .patient)
                        }
                    }
                    while client.poolState.waiters == 0 {
                        try Task.checkCancellation()
                        await Task.yield()
                    }
                    _ = try await transaction.query(.test("SELECT pg_sleep(0.002)"))
                }
                try await group.waitForAll()
            }
            trace.finish()
            #expect(trace.records.map(\.name) == [.request, .poolWait, .statement])
            let (wait, statement) = (trace.records[1], trace.records[2])
            #expect(wait.end.nanoseconds(since: wait.start) >= 2_000_000)
            #expect(wait.label(.pool) == "db")
            #expect(wait.start >= statement.start && wait.end <= statement.end)
        }
    }

    @Test("The first middleware of the list is the outermost")
    func order() async throws {
        final class Shared: Sendable { let notes = Mutex<[String]>([]) }
        struct Mark: PostgresMiddleware {
            let name: String
            let shared: Shared

            nonisolated(nonsending) func handle(
                _ call: PostgresCall, next: PostgresNext
            ) async throws(PostgresError) -> PostgresRows {
                shared.notes.withLock { $0.append("\(name) in") }
                defer { shared.notes.withLock { $0.append("\(name) out") } }
                return try await next(call)
            }
        }
        let shared = Shared()
        try await withClient(middlewares: [Mark(name: "a", shared: shared), Mark(name: "b", shared: shared)]) {
            client in
            _ = try await client.query(.one, deadline: .patient)
        }
        #expect(shared.notes.withLock { $0 } == ["a in", "b in", "b out", "a out"])
    }

    @Test("Each metric of the database moves: statements, errors, rows, batches, transactions, connections")
    func metrics() async throws {
        let database = Instruments().database
        let metrics = PostgresMetricsMiddleware(database)
        try await withClient(middlewares: [metrics], observe: metrics.observe) { client in
            try await client.run("CREATE TABLE t (n int4 UNIQUE)")
            try await client.withTransaction(deadline: .patient) { _ = try await $0.query(.one) }
            _ = await failure {
                try await client.withTransaction(deadline: .patient) {
                    let insert = PostgresStatement.test("INSERT INTO t VALUES (1), (1)", type: .insert)
                    _ = try await $0.query(insert)
                }
            }
            let call = PostgresStatement.test("SELECT unnest($1::int4[])", type: .call)
            _ = try await client.query(call, [.int4Array([1, 2, 3])], deadline: .patient)
        }
        #expect(database.queryDurationSeconds.count(QueryLabels(.begin, .none)) == 2)
        #expect(database.queryDurationSeconds.count(QueryLabels(.commit, .none)) == 1)
        #expect(database.queryDurationSeconds.count(QueryLabels(.rollback, .none)) == 1)
        #expect(database.errorsTotal.value(QueryErrorLabels(.insert, .uniqueViolation)) == 1)
        #expect(database.batchRows.sum(.call) == 3 && database.rowsReturned.sum(.call) == 3)
        #expect(database.transactionDurationSeconds.count(.commit) == 1)
        #expect(database.transactionDurationSeconds.count(.rollback) == 1)
        #expect(database.poolWaitDurationSeconds.count(NoLabels()) > 0)
        #expect(database.connectionsOpenedTotal.value(NoLabels()) > 0)
        #expect(database.connectionsClosedTotal.value(.shutdown) > 0)
    }

    @Test("The slow log has the statement's name and duration, and no parameter")
    func slowLog() async throws {
        let lines = LogLines()
        let logger = Logger(label: "test") { _ in lines }
        let slow = PostgresSlowLogMiddleware(logger: logger, threshold: .milliseconds(20))
        try await withClient(middlewares: [slow]) { client in
            let statement = PostgresStatement.test("SELECT pg_sleep(0.03), $1::text", name: "slow-one")
            _ = try await client.query(statement, [.text("hunter2")], deadline: .patient)
        }
        let text = lines.text
        #expect(
            text.contains("slow statement") && text.contains("slow-one") && text.contains("duration_ms")
                && !text.contains("hunter2"))
    }

    @Test("A statement that waits for its connection is not called slow, and the wait is not counted as its time")
    func waitingStatement() async throws {
        let lines = LogLines()
        let logger = Logger(label: "test") { _ in lines }
        let slow = PostgresSlowLogMiddleware(logger: logger, threshold: .milliseconds(400))
        try await withClient(middlewares: [slow], adapting: { $0.connectionsMax = 1 }) { client in
            try await withThrowingTaskGroup(of: Void.self) { group in
                try await client.withConnection(deadline: .patient) { connection in
                    group.addTask { _ = try await client.query(.one, deadline: .patient) }
                    while client.poolState.waiters == 0 {
                        try Task.checkCancellation()
                        await Task.yield()
                    }
                    _ = try await connection.query(.test("SELECT pg_sleep(0.45)", name: "sleeper"))
                }
                try await group.waitForAll()
            }
        }
        let all = lines.text.split(separator: "\n")
        let line = try #require(all.first { $0.contains("waited for a connection") })
        #expect(all.count == 2 && all.contains { $0.hasPrefix("slow statement") && $0.contains("sleeper") })
        func milliseconds(_ name: String) throws -> Double {
            let rest = try #require(line.split(separator: "\(name)\": ").last)
            return try #require(Double(rest.prefix { "0123456789.e-".contains($0) }))
        }
        #expect(try milliseconds("pool_wait_ms") >= 400)
        #expect(try milliseconds("duration_ms") < 400)
    }
}

extension MiddlewareTests {
    @Test("The log has the error and SQLSTATE of a failed statement, unless it was cancelled")
    func failureLog() async throws {
        let lines = LogLines()
        let log = PostgresSlowLogMiddleware(logger: Logger(label: "test") { _ in lines }, threshold: .seconds(60))
        try await withClient(middlewares: [log]) { client in
            let statement = PostgresStatement.test("SELECT 1 / length($1::text || 'hunter2') * 0 / 0", name: "failing")
            _ = await failure { _ = try await client.query(statement, [.text("hunter3")], deadline: .patient) }
            let call = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return await failure { _ = try await client.query(.one, deadline: .patient) }
            }
            #expect(await call.value?.code == .cancelled)
        }
        let text = lines.text
        #expect(text.contains("statement failed") && text.contains("22012") && text.contains("division by zero"))
        #expect(text.contains("failing") && !text.contains("hunter"))
        #expect(text.split(separator: "\n").count == 1)
    }
}

/// Keeps the log lines.
private final class LogLines: LogHandler, Sendable {
    private let lines = Mutex<[String]>([])

    var text: String { lines.withLock { $0.joined(separator: "\n") } }
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) {
        lines.withLock { $0.append("\(event.message) \(event.metadata ?? [:]) \(event.error.map { "\($0)" } ?? "")") }
    }
}
