// The duties' locks on a real Postgres, alone and beside a lock that not every instance can reach.

import FlashSale
import FlashSaleTesting
import LibpqClient
import PostgresLedger
import Telemetry
import Testing

@Suite(.timeLimit(.minutes(2))) struct PostgresDutyLockTests {
    private static func lock(_ client: PostgresClient, lifetime: Duration = .seconds(30)) -> PostgresDutyLock {
        PostgresDutyLock(client.configuration, lifetime: lifetime)
    }

    @Test("The lock in Postgres keeps the rules of the seam", arguments: DutyLockConformance.all)
    func conforms(to rule: DutyLockConformance) async throws {
        try await withClient { client in
            let configuration = client.configuration
            try await rule.run { PostgresDutyLock(configuration, lifetime: $0) }
        }
    }

    @Test("A lease whose session was ended is lost, and its duty is free")
    func sessionEnded() async throws {
        try await withClient { client in
            let lock = Self.lock(client)
            let lease = try #require(await lock.acquire(.sweeper).lease)
            try await client.endDutySessions()
            #expect(await lock.extend(lease) == nil)
            #expect(await Self.lock(client).acquire(.sweeper).lease != nil)
        }
    }

    @Test("A lease that another kind of lock has overtaken is lost, though its session stands")
    func overtaken() async throws {
        try await withClient { client in
            let lock = Self.lock(client)
            let lease = try #require(await lock.acquire(.sweeper).lease)
            try await client.run("update duties set fence = fence + 1 where duty = 'sweeper'")
            #expect(await lock.extend(lease) == nil)
        }
    }

    @Test("What is given back leaves no session behind")
    func noSessionLeft() async throws {
        try await withClient { client in
            let lock = Self.lock(client)
            await lock.release(try #require(await lock.acquire(.sweeper).lease))
            while try await client.dutySessions() > 0 {
                try Task.checkCancellation()
            }
        }
    }

    @Test("Without Postgres nothing can be said")
    func unavailable() async throws {
        var nowhere = PostgresClientConfiguration(url: "postgres://localhost:1/nowhere")
        nowhere.connectTimeout = .milliseconds(500)
        guard case .unavailable = await PostgresDutyLock(nowhere).acquire(.sweeper) else {
            Issue.record("nobody was asked")
            return
        }
    }

    @Test(
        "Of two instances that do not see the same Redis never both write, in either order",
        arguments: [true, false])
    func split(seeingCameFirst: Bool) async throws {
        try await withClient { client in
            let redis = InMemoryDutyLock.Store()
            let fences = PostgresFences(writer: client)
            func instance(seesRedis: Bool) -> FallbackDutyLock {
                let first = InMemoryDutyLock(store: redis) { try? await fences.next($0) }
                first.isAvailable = seesRedis
                return FallbackDutyLock(first: first, second: Self.lock(client))
            }
            let seeing = instance(seesRedis: true)
            let blind = instance(seesRedis: false)
            let ledger = PostgresSaleLedger(
                writer: client, reader: client, bulk: client, instruments: Instruments().database, logger: .silent)
            func writes(_ lease: DutyLease) async throws -> Bool {
                try await ledger.expire(SaleID(1), in: nil, atMost: 1, fence: lease.fence) != .stale
            }
            if seeingCameFirst {
                let first = try #require(await seeing.acquire(.sweeper).lease)
                #expect(try await writes(first))
                let second = try #require(await blind.acquire(.sweeper).lease)
                #expect(try await writes(first) == false)
                #expect(try await writes(second))
                await seeing.release(first)
            } else {
                #expect(await blind.acquire(.sweeper).lease != nil)
            }
            guard case .taken = await seeing.acquire(.sweeper) else {
                Issue.record("no fence is given while a holder under Postgres is alive")
                return
            }
            try await client.endDutySessions()
            let last = try #require(await seeing.acquire(.sweeper).lease)
            #expect(try await writes(last))
            // A lock that nobody keeps closes its session: this one is to end by the server's hand.
            withExtendedLifetime(blind) {}
        }
    }
}

extension PostgresClient {
    /// The sessions of this database that hold a duty's lock.
    private static let holders = """
        from pg_locks l join pg_database d on d.oid = l.database
        where l.locktype = 'advisory' and l.classid = 'duties'::regclass and d.datname = current_database()
        """

    /// How many sessions hold a duty's lock.
    fileprivate func dutySessions() async throws -> Int { try await number("select count(*) \(Self.holders)") }

    /// Ends the sessions that hold a duty's lock, and returns when their locks are gone.
    fileprivate func endDutySessions() async throws {
        try await run("select pg_terminate_backend(l.pid) \(Self.holders)")
        while try await dutySessions() > 0 {
            try Task.checkCancellation()
        }
    }
}
