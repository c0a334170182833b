// Who has sessions with a server, as the server tells it; and that nobody is taken for nothing.

import FlashSale
import LibpqClient
import PostgresLedger
import Telemetry
import Testing

@Suite("Sessions of a ledger") struct LedgerSessionsTests {
    private static func sessions(_ client: PostgresClient) -> LedgerSessions {
        LedgerSessions(client: client, within: .seconds(30))
    }

    private static func instance(_ name: String, over client: PostgresClient) throws -> PostgresClientConfiguration {
        var configuration = client.configuration
        configuration.applicationName = LedgerSessions.namePrefix + name
        return configuration
    }

    @Test("Instances are those whose sessions have their names, and no other session counts")
    func instances() async throws {
        try await withClient { client in
            #expect(try await Self.sessions(client).instances().isEmpty)
            try await PostgresClient(try Self.instance("a.1", over: client)).lend { one in
                try await PostgresClient(try Self.instance("b%_.2", over: client)).lend { other in
                    _ = try await (one.run("select 1"), other.run("select 1"))
                    let found = try await Self.sessions(client).instances()
                    #expect(found.map(\.name) == ["a.1", "b%_.2"] && found.allSatisfy { $0.sessions == 1 })
                    #expect(found.allSatisfy { $0.since.microseconds > 1_700_000_000_000_000 })
                }
            }
        }
    }

    @Test("The holder of a duty is the instance whose session has its lock")
    func dutyHolders() async throws {
        try await withClient { client in
            let lock = PostgresDutyLock(try Self.instance("a.1", over: client), lifetime: .seconds(30))
            let lease = try #require(await lock.acquire(.sweeper).lease)
            #expect(try await Self.sessions(client).dutyHolders() == [Duty.sweeper.rawValue: "a.1"])
            await lock.release(lease)
            #expect(try await Self.sessions(client).dutyHolders().isEmpty)
        }
    }

    @Test("Sessions of a server without a pooler are not shared, and one without standbys has no replica")
    func alone() async throws {
        try await withClient { client in
            let sessions = Self.sessions(client)
            let (areShared, replicas) = (try await sessions.areShared(), try await sessions.replicas())
            #expect(!areShared && replicas.isEmpty)
        }
    }

    @Test("What cannot be read is an error, and not nothing")
    func gone() async throws {
        try await withClient { client in
            let sessions = Self.sessions(client)
            await client.shutdown()
            await #expect(throws: PostgresError.self) { try await sessions.instances() }
            await #expect(throws: PostgresError.self) { try await sessions.dutyHolders() }
            await #expect(throws: PostgresError.self) { try await sessions.replicas() }
        }
    }

    @Test("A client that was lent is shut down, whether its use fails or not", arguments: [false, true])
    func lent(fails: Bool) async throws {
        struct Failure: Error {}
        try await withClient { client in
            let other = try PostgresClient(client.configuration)
            var hasFailed = false
            do {
                try await other.lend { lent in
                    try await lent.run("select 1")
                    if fails { throw Failure() }
                }
            } catch is Failure {
                hasFailed = true
            }
            #expect(hasFailed == fails)
            #expect(other.poolState.active + other.poolState.idle == 0)
            await #expect(throws: PostgresError.self) { try await other.run("select 1") }
        }
    }
}
