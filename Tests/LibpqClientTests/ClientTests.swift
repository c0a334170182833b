// The client against a real server: errors, deadlines, cancellation, broken connections, limits.

import DevStack
import Synchronization
import Telemetry
import Testing

@testable import LibpqClient

@Suite struct ClientTests {
    @Test("A connection prepares a statement once, and counts it")
    func preparation() async throws {
        try await withClient(adapting: { $0.connectionsMax = 1 }) { client in
            for _ in 0..<3 { #expect(try await client.query(.one, deadline: .patient)[0][0].int32() == 1) }
            let rows = try await client.run("SELECT count(*) FROM pg_prepared_statements WHERE name = 'one'")
            #expect(try rows[0][0].int64() == 1)
            #expect(client.poolState.preparedStatements == 1)
        }
    }

    @Test("Statements beyond the limit run unprepared, and so does a second statement under a taken name")
    func preparationLimit() async throws {
        try await withClient(adapting: {
            $0.connectionsMax = 1
            $0.preparedStatementsMax = 1
        }) { client in
            _ = try await client.query(.one, deadline: .patient)
            #expect(try await client.query(.test("SELECT 2", name: "two"), deadline: .patient)[0][0].int32() == 2)
            #expect(try await client.query(.test("SELECT 3", name: "one"), deadline: .patient)[0][0].int32() == 3)
            #expect(client.poolState.preparedStatements == 1)
        }
    }

    @Test(
        "A connection that is idle or has lived too long is closed, and the next call opens another",
        arguments: [ConnectionCloseReason.idle, .lifetime])
    func retirement(reason: ConnectionCloseReason) async throws {
        let (closings, continuation) = AsyncStream<ConnectionCloseReason>.makeStream()
        try await withClient(
            observe: { if case .connectionClosed(let reason) = $0 { continuation.yield(reason) } },
            adapting: { configuration in
                configuration.idleTimeout = reason == .idle ? .milliseconds(50) : nil
                configuration.connectionLifetime = reason == .lifetime ? .milliseconds(50) : nil
            },
            { client in
                let first = try await client.query(.backend, deadline: .patient)[0][0].int32()
                var iterator = closings.makeAsyncIterator()
                #expect(await iterator.next(isolation: #isolation) == reason)
                #expect(try await client.query(.backend, deadline: .patient)[0][0].int32() != first)
            })
    }

    @Test("An error has the server's SQLSTATE and constraint, and no values of the row")
    func constraint() async throws {
        try await withClient { client in
            try await client.run("CREATE TABLE t (code text CONSTRAINT one_code UNIQUE)")
            let insert = PostgresStatement.test("INSERT INTO t VALUES ($1)", name: "insert", type: .insert)
            _ = try await client.query(insert, [.text("secret")], deadline: .patient)
            let error = await failure { try await client.query(insert, [.text("secret")], deadline: .patient) }
            #expect(error?.code == .server && error?.sqlState == "23505" && error?.constraintName == "one_code")
            #expect(error?.errorClass == .uniqueViolation && error?.isOutcomeUnknown == false)
            #expect(error?.statementName == "insert")
            #expect(!"\(error!)".contains("secret"))
        }
    }

    @Test("Session settings, statement timeout and application name reach the server")
    func settings() async throws {
        try await withClient(adapting: {
            $0.applicationName = "the ledger"
            $0.statementTimeout = .milliseconds(1_234)
            $0.settings = ["plan_cache_mode": "force_generic_plan"]
        }) { client in
            for (name, value) in [
                ("application_name", "the ledger"), ("statement_timeout", "1234ms"),
                ("plan_cache_mode", "force_generic_plan"), ("client_encoding", "UTF8"),
            ] {
                let rows = try await client.run("SELECT current_setting('\(name)')")
                #expect(try rows[0][0].string() == value)
            }
        }
    }

    @Test("The server cancels a statement at its deadline, and the connection is replaced")
    func deadlineInFlight() async throws {
        try await withClient(adapting: { $0.connectionsMax = 2 }) { client in
            _ = try await client.query(.one, deadline: .patient)
            let start = ContinuousClock.now
            let error = await failure {
                try await client.query(.hang, deadline: start.advanced(by: .milliseconds(300)))
            }
            #expect(error?.code == .deadlineExceeded && error?.isOutcomeUnknown == true)
            #expect(ContinuousClock.now - start < .seconds(5))
            try await client.waitUntilSleeping(count: 0)
            #expect(try await client.query(.one, deadline: .patient).count == 1)
        }
    }

    @Test("A call whose deadline passes in the queue leaves it and sends nothing")
    func deadlineInQueue() async throws {
        let timeouts = Mutex(0)
        try await withClient(
            observe: { if $0 == .timedOut { timeouts.withLock { $0 += 1 } } }, adapting: { $0.connectionsMax = 1 }
        ) { client in
            try await client.withConnection(deadline: .patient) { _ in
                let error = await failure {
                    try await client.query(.one, deadline: .now.advanced(by: .milliseconds(50)))
                }
                #expect(error?.code == .deadlineExceeded && error?.isOutcomeUnknown == false)
            }
            #expect(timeouts.withLock { $0 } == 1)
            #expect(try await client.query(.one, deadline: .patient).count == 1)
            // The I/O thread publishes its counts before it takes this query.
            #expect(client.poolState.waiters == 0)
        }
    }

    @Test("No call waits for a connection longer than the acquire timeout")
    func acquireTimeout() async throws {
        try await withClient(adapting: {
            $0.connectionsMax = 1
            $0.acquireTimeout = .seconds(2)
        }) { client in
            try await client.withConnection(deadline: .patient) { _ in
                #expect(await failure { try await client.query(.one, deadline: .patient) }?.code == .deadlineExceeded)
            }
        }
    }

    @Test("A call whose deadline has passed sends nothing")
    func deadlineBefore() async throws {
        try await withClient { client in
            let error = await failure { try await client.query(.one, deadline: .now) }
            #expect(error?.code == .deadlineExceeded && error?.isOutcomeUnknown == false)
        }
    }

    @Test("A cancelled task gets its error at once, and the server stops the statement")
    func cancellationInFlight() async throws {
        try await withClient { client in
            let task = Task { await failure { try await client.query(.hang, deadline: .patient) } }
            try await client.waitUntilSleeping()
            task.cancel()
            let error = await task.value
            #expect(error?.code == .cancelled && error?.isOutcomeUnknown == true)
            try await client.waitUntilSleeping(count: 0)
        }
    }

    @Test("A task that is cancelled in the queue, or before its call, sends nothing")
    func cancellationInQueue() async throws {
        try await withClient(adapting: { $0.connectionsMax = 1 }) { client in
            try await client.withConnection(deadline: .patient) { _ in
                let task = Task { await failure { try await client.query(.one, deadline: .patient) } }
                task.cancel()
                let error = await task.value
                #expect(error?.code == .cancelled && error?.isOutcomeUnknown == false)
            }
        }
    }

    @Test("After a cut connection the outcome is unknown, and the next call gets a new connection")
    func terminated() async throws {
        let events = Mutex<[PostgresClientEvent]>([])
        try await withClient(observe: { event in events.withLock { $0.append(event) } }) { client in
            let task = Task { await failure { try await client.query(.hang, deadline: .patient) } }
            try await client.waitUntilSleeping()
            try await client.run(
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND query LIKE 'SELECT pg_sleep(60)%'
                """
            )
            let error = await task.value
            #expect(error?.code == .connectionLost && error?.sqlState == "57P01" && error?.isOutcomeUnknown == true)
            #expect(error?.errorClass == .connection)
            #expect(try await client.query(.one, deadline: .patient).count == 1)
            #expect(events.withLock { $0.contains(.connectionClosed(.error)) })
        }
    }

    @Test("A full queue refuses at once")
    func queueFull() async throws {
        try await withClient(adapting: {
            $0.connectionsMax = 1
            $0.waitersMax = 1
            $0.acquireTimeout = .seconds(30)
        }) { client in
            try await client.withConnection(deadline: .patient) { connection in
                // Both call while the only connection is lent: one waits, and the other is refused.
                let first = Task { await failure { try await client.query(.one, deadline: .patient) } }
                let second = Task { await failure { try await client.query(.one, deadline: .patient) } }
                let refused = await race(first, second)
                #expect(refused?.code == .queueFull && refused?.isOutcomeUnknown == false)
                first.cancel()
                second.cancel()
                _ = (await first.value, await second.value)
            }
        }
    }

    private func race(_ tasks: Task<PostgresError?, Never>...) async -> PostgresError? {
        await withTaskGroup(of: PostgresError?.self) { group in
            for task in tasks {
                group.addTask {
                    await withTaskCancellationHandler {
                        await task.value
                    } onCancel: {
                        task.cancel()
                    }
                }
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }
}
