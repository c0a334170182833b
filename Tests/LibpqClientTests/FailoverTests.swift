// Several servers behind one URL: the client finds the one that can write.

import DevStack
import Testing

@testable import LibpqClient

@Suite struct FailoverTests {
    @Test("The client turns to the standby that is promoted, though the lost primary's host is silent, and stays there")
    func promotion() async throws {
        try await Self.withPair { primary, standby in
            let client = try PostgresClient(PostgresClientConfiguration(url: Self.url(primary, standby)))
            #expect(try await client.port() == primary.port)
            primary.freeze()
            _ = await failure { try await client.query(.one, deadline: .now.advanced(by: .milliseconds(200))) }
            try await standby.promote()
            let start = ContinuousClock.now
            #expect(try await client.portAtLast() == standby.port)
            #expect(ContinuousClock.now - start < .seconds(5))
            primary.thaw()
            for _ in 0..<3 {
                _ = await failure { try await client.run("SELECT pg_terminate_backend(pg_backend_pid())") }
                #expect(try await client.portAtLast() == standby.port)
            }
            await client.shutdown()
        }
    }

    @Test("A standby comes first in the list: the client goes on to the primary, and says why if there is none")
    func standbyFirst() async throws {
        try await Self.withPair { primary, standby in
            let client = try PostgresClient(PostgresClientConfiguration(url: Self.url(standby, primary)))
            #expect(try await client.port() == primary.port)
            let (lone, alone) = (Self.url(standby), Self.url(standby, standby))
            for url in [lone, alone] {
                let client = try PostgresClient(PostgresClientConfiguration(url: url))
                let error = await failure { try await client.query(.one, deadline: .patient) }
                #expect(error?.message == "the server is a standby and cannot write")
                await client.shutdown()
            }
            await client.shutdown()
        }
    }

    @Test("Sessions with a primary that was replaced and lives on are closed, and no new one is opened")
    func formerPrimary() async throws {
        try await Self.withPair { primary, standby in
            let loop = PostgresEventLoop()
            let client = try PostgresClient(
                PostgresClientConfiguration(url: Self.url(primary, standby)), eventLoop: loop)
            #expect(try await client.port() == primary.port)
            let former = try PostgresClient(PostgresClientConfiguration(url: Self.url(primary)), eventLoop: loop)
            #expect(try await former.port() == primary.port)
            try await standby.promote()
            #expect(try await client.port() == primary.port)
            let successor = try PostgresClient(PostgresClientConfiguration(url: Self.url(standby)), eventLoop: loop)
            #expect(try await successor.portAtLast() == standby.port)
            #expect(try await client.portAtLast() == standby.port)
            let error = await failure { try await former.query(.one, deadline: .patient) }
            #expect(
                error?.message == "the server is a former primary: it is on timeline 1, and another is on 2",
                "\(String(describing: error))")
            for client in [client, former, successor] { await client.shutdown() }
        }
    }

    private static func withPair(_ body: (PrivatePostgres, PrivatePostgres) async throws -> Void) async throws {
        let primary = try await PrivatePostgres.start(.ephemeral)
        let standby = try await PrivatePostgres.start(.ephemeral, standbyOf: primary)
        try await body(primary, standby)
        await standby.stop()
        await primary.stop()
    }

    /// One URL for some servers.
    private static func url(_ servers: PrivatePostgres...) -> String {
        let own = "@127.0.0.1:\(servers[0].port)"
        return servers[0].url.replacing(own, with: "@" + servers.map { "127.0.0.1:\($0.port)" }.joined(separator: ","))
    }
}

extension PrivatePostgres {
    fileprivate func promote() async throws {
        var configuration = PostgresClientConfiguration(url: url)
        configuration.acceptsReadOnly = true
        let client = try PostgresClient(configuration)
        try await client.run("SELECT pg_promote(wait => false)")
        await client.shutdown()
    }
}

extension PostgresClient {
    /// The port of the server that answers.
    fileprivate func port() async throws(PostgresError) -> Int {
        Int(try await run("SELECT inet_server_port()")[0][0].int32())
    }

    /// The same, as soon as one answers; an error if none does within a minute.
    fileprivate func portAtLast() async throws(PostgresError) -> Int {
        let end = ContinuousClock.Instant.patient
        while true {
            do throws(PostgresError) {
                let rows = try await query(
                    .test("SELECT inet_server_port()"), deadline: .now.advanced(by: .seconds(2)))
                return Int(try rows[0][0].int32())
            } catch {
                if ContinuousClock.now > end { throw error }
            }
        }
    }
}
