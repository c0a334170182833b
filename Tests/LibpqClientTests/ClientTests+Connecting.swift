// Servers that cannot be reached, and the beginning and the end of a client.

import DevStack
import Telemetry
import Testing

@testable import LibpqClient

extension ClientTests {
    @Test(
        "A URL that leads nowhere gives one sentence, soon, and later calls are told at once",
        arguments: [
            "postgres://user:hunter2@127.0.0.1:1/x", "postgres://user:hunter2@nowhere.invalid/x",
            "postgres://user:hunter2@localhost:1/x", "postgres:///x?host=/nonexistent",
        ])
    func nowhere(url: String) async throws {
        let client = try PostgresClient(PostgresClientConfiguration(url: url))
        let start = ContinuousClock.now
        for _ in 0..<2 {
            let error = await failure { try await client.query(.one, deadline: .patient) }
            #expect(error?.code == .connectionFailed && error?.isOutcomeUnknown == false)
            #expect(error?.message.contains("\n") == false)
            #expect(!"\(error!)".contains("hunter2"), "\(error!)")
        }
        #expect(ContinuousClock.now - start < .seconds(10))
        await client.shutdown()
    }

    @Test("The client gives up a silent server after the connect timeout")
    func silentServer() async throws {
        let listener = try SilentListener()
        var configuration = PostgresClientConfiguration(url: "postgres://u:p@127.0.0.1:\(listener.port)/x")
        configuration.connectTimeout = .milliseconds(100)
        let client = try PostgresClient(configuration)
        let error = await failure { try await client.query(.one, deadline: .patient) }
        #expect(error?.code == .connectionFailed)
        await client.shutdown()
    }

    @Test("The error of a wrong password does not repeat it")
    func wrongPassword() async throws {
        try await TestServers.shared.withDatabase { url in
            let at = try #require(url.firstIndex(of: "@"))
            let wrong = "postgres://flashsale:hunter2" + url[at...]
            let client = try PostgresClient(PostgresClientConfiguration(url: wrong))
            let error = await failure { try await client.query(.one, deadline: .patient) }
            #expect(error?.code == .connectionFailed && error?.message.contains("password authentication") == true)
            #expect(!"\(error!)".contains("hunter2"))
            await client.shutdown()
        }
    }

    @Test("After 100 broken connections no socket is open")
    func descriptors() async throws {
        try await withClient(adapting: { $0.connectionsMax = 2 }) { client in
            for _ in 0..<100 {
                try await client.withConnection(deadline: .patient) { connection in
                    let own = try await connection.query(.backend)[0][0].int32()
                    _ = await failure { try await connection.query(.terminate, [.int4(own)]) }
                }
            }
            // A socket that only the server has closed stays in CLOSE_WAIT. Others' sockets may pass through that
            // state.
            #expect(try closeWaitCount(port: try await client.run("SELECT inet_server_port()")[0][0].int32()) < 20)
            for _ in 0..<20 {
                try await client.withConnection(deadline: .patient) { _ = try await $0.query(.test("BEGIN")) }
            }
            try await client.wait(
                until: "(SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()) <= 2"
            )
        }
    }

    @Test("The minimum of connections opens before the first call, and cancelling run() ends the client")
    func run() async throws {
        try await TestServers.shared.withDatabase { url in
            var configuration = PostgresClientConfiguration(url: url)
            configuration.connectionsMin = 2
            let (opened, signal) = AsyncStream<Void>.makeStream()
            let client = try PostgresClient(configuration) { if $0 == .connectionOpened { signal.yield() } }
            let running = Task { await client.run() }
            var openings = opened.makeAsyncIterator()
            for _ in 0..<2 { await openings.next() }
            running.cancel()
            await running.value
            #expect(await failure { try await client.query(.one, deadline: .patient) }?.code == .shutDown)
            #expect(client.poolState.idle == 0 && client.poolState.active == 0)
        }
    }

    @Test("A shutdown waits for a statement in flight, until the deadline", arguments: [true, false])
    func shutdown(isPatient: Bool) async throws {
        try await TestServers.shared.withDatabase { url in
            var configuration = PostgresClientConfiguration(url: url)
            configuration.statementTimeout = nil
            configuration.acquireTimeout = .seconds(60)
            let (client, other) = (try PostgresClient(configuration), try PostgresClient(configuration))
            try await other.withConnection(deadline: .patient) { holder in
                _ = try await holder.query(.test("SELECT pg_advisory_lock(1)"))
                let task = Task {
                    await failure { try await client.query(.test("SELECT pg_advisory_lock(1)"), deadline: .patient) }
                }
                try await other.wait(until: "EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)")
                let end = Task { await client.shutdown(deadline: isPatient ? .patient : .now) }
                if isPatient { _ = try await holder.query(.test("SELECT pg_advisory_unlock(1)")) }
                let error = await task.value
                #expect(error?.code == (isPatient ? nil : .shutDown) && error?.isOutcomeUnknown != false)
                await end.value
            }
            await other.shutdown()
        }
    }

    @Test("A connection with stale plans is replaced after a table changes")
    func stalePlan() async throws {
        try await withClient(adapting: { $0.connectionsMax = 1 }) { client in
            try await client.run("CREATE TABLE t AS SELECT 1 AS a")
            let all = PostgresStatement.test("SELECT * FROM t", name: "all")
            _ = try await client.query(all, deadline: .patient)
            try await client.run("ALTER TABLE t ADD b int")
            #expect(await failure { try await client.query(all, deadline: .patient) }?.sqlState == "0A000")
            #expect(try await client.query(all, deadline: .patient).columnCount == 2)
        }
    }

    @Test("A session that cannot write is replaced, and no other such session takes its place")
    func readOnly() async throws {
        try await TestServers.shared.withDatabase { url in
            var configuration = PostgresClientConfiguration(url: url)
            configuration.connectionsMax = 1
            let client = try PostgresClient(configuration)
            configuration.acceptsReadOnly = true
            let operatorClient = try PostgresClient(configuration)
            let insert = PostgresStatement.test("INSERT INTO t VALUES (2)", type: .insert)
            try await client.run("CREATE TABLE t AS SELECT 1 AS a")
            try await operatorClient.setDatabase("SET default_transaction_read_only = on")
            // The open session learns of it from its server, as after a demotion.
            try await client.run("SET default_transaction_read_only = on")
            #expect(await failure { try await client.query(insert, deadline: .patient) }?.sqlState == "25006")
            let refused = await failure {
                try await client.query(insert, deadline: .now.advanced(by: .milliseconds(300)))
            }
            #expect(refused?.code == .connectionFailed || refused?.code == .deadlineExceeded)
            try await operatorClient.setDatabase("RESET default_transaction_read_only")
            try await client.insertUntilDone(insert)
            await client.shutdown()
            await operatorClient.shutdown()
        }
    }

    @Test("A setting with any characters reaches the session as it is, and one that does not exist is named")
    func settingsOfAnyKind() async throws {
        let text = #"a'b\c "d" ü"#
        try await withClient(adapting: { $0.settings = ["test.text": text] }) { client async throws in
            #expect(try await client.run("SHOW test.text")[0][0].string() == text)
        }
        try await withClient(adapting: { $0.settings = ["no_such_setting": "1"] }) { client async throws in
            let error = await failure { try await client.query(.one, deadline: .patient) }
            #expect(error?.description.contains("no_such_setting") == true, "\(String(describing: error))")
        }
    }
}

extension PostgresClient {
    /// Changes a setting of the database, also where the database says that its sessions cannot write.
    fileprivate func setDatabase(_ change: String) async throws {
        try await withConnection(deadline: .patient) { connection in
            _ = try await connection.query(.test("SET default_transaction_read_only = off"))
            let statement = "format('ALTER DATABASE %I ', current_database()) || $change$\(change)$change$"
            _ = try await connection.query(.test("DO $$ BEGIN EXECUTE \(statement); END $$"))
        }
    }

    /// Runs a statement as soon as a session can be had; an error if none can within a minute.
    fileprivate func insertUntilDone(_ statement: PostgresStatement) async throws(PostgresError) {
        let deadline = ContinuousClock.Instant.patient
        while true {
            do throws(PostgresError) {
                _ = try await query(statement, deadline: deadline)
                return
            } catch {
                if ContinuousClock.now >= deadline || error.code == .server { throw error }
            }
        }
    }
}
