// The duties' locks on a real Redis.

import FlashSale
import FlashSaleTesting
import HiredisClient
import RedisGate
import Synchronization
import Telemetry
import Testing

@Suite(.timeLimit(.minutes(2))) struct FencedLockTests {
    private static let key = "flashsale:{\(GateFixture.ledger):sweeper}:lock"

    private static func lock(
        _ fixture: GateFixture, of ledger: LedgerID = GateFixture.ledger, lifetime: Duration = .seconds(30),
        nextFence: (@Sendable (Duty) async -> FencingNumber?)? = nil
    ) -> FencedLock {
        let fences = Mutex<Int64>(0)
        return FencedLock(
            client: fixture.client, ledger: ledger, holder: "shop-1.42", instruments: fixture.instruments.redis,
            logger: fixture.logger, lifetime: lifetime, timeout: .seconds(10),
            nextFence: nextFence ?? { _ in
                fences.withLock { fence in
                    fence += 1
                    return FencingNumber(fence)
                }
            })
    }

    @Test("One instance at a time has a duty, each with a higher fence than the one before")
    func exclusive() async throws {
        try await GateFixture.withServer { fixture, _ in
            let lock = Self.lock(fixture)
            let first = try #require(await lock.acquire(.sweeper).lease)
            #expect(await lock.acquire(.sweeper).lease == nil)
            #expect(await lock.acquire(.scheduler).lease != nil)
            await lock.release(first)
            let second = try #require(await lock.acquire(.sweeper).lease)
            #expect(second.fence > first.fence)
            #expect(second.token != first.token)
            #expect(second.token.hasPrefix("shop-1.42/") && second.token.utf8.count == 42)
            #expect(await lock.holder(of: .sweeper) == "shop-1.42")
            #expect(await lock.holder(of: .usher) == nil)
        }
    }

    @Test("Two ledgers on one Redis have their duties at the same time")
    func twoLedgers() async throws {
        try await GateFixture.withServer { fixture, _ in
            let other = try #require(LedgerID("00c0ffee00c0fff0"))
            let lease = try #require(await Self.lock(fixture).acquire(.sweeper).lease)
            #expect(await Self.lock(fixture, of: other).acquire(.sweeper).lease != nil)
            #expect(await Self.lock(fixture).extend(lease) != nil)
        }
    }

    @Test("A lease that another has taken over can be neither extended nor released")
    func takenOver() async throws {
        try await GateFixture.withServer { fixture, _ in
            let lock = Self.lock(fixture)
            let lease = try #require(await lock.acquire(.sweeper).lease)
            try await fixture.redis("SET", Self.key, "another")
            #expect(await lock.extend(lease) == nil)
            await lock.release(lease)
            #expect(try await fixture.redis("GET", Self.key).string == "another")
            let lost = fixture.instruments.redis.lockLostTotal
            #expect(lost.value(LockLossLabels(LockType(.sweeper), .stolen)) == 1)
            #expect(fixture.instruments.redis.locksHeld.value(LockType(.sweeper)) == 0)
        }
    }

    @Test("Extending a lease moves its deadline, here and in Redis")
    func extend() async throws {
        try await GateFixture.withServer { fixture, _ in
            let lock = Self.lock(fixture)
            let lease = try #require(await lock.acquire(.sweeper).lease)
            try await fixture.redis("PEXPIRE", Self.key, "1000")
            let extended = try #require(await lock.extend(lease))
            #expect(extended.deadline > lease.deadline)
            #expect(extended.fence == lease.fence && extended.token == lease.token)
            let left = try #require(try await fixture.redis("PTTL", Self.key).integer)
            #expect(left > 20_000)
        }
    }

    @Test("The local deadline is before Redis's")
    func deadline() async throws {
        try await GateFixture.withServer { fixture, _ in
            let lease = try #require(await Self.lock(fixture).acquire(.sweeper).lease)
            let left = try #require(try await fixture.redis("PTTL", Self.key).integer)
            #expect(lease.deadline - .now < .milliseconds(left))
        }
    }

    @Test("A lease past its deadline is lost, and the duty is free for another")
    func expires() async throws {
        try await GateFixture.withServer { fixture, _ in
            let lock = Self.lock(fixture, lifetime: .milliseconds(200))
            let lease = try #require(await lock.acquire(.sweeper).lease)
            var next: DutyLease?
            let other = Self.lock(fixture)
            while next == nil {
                try Task.checkCancellation()
                next = await other.acquire(.sweeper).lease
            }
            #expect(ContinuousClock.now >= lease.deadline)
            #expect(await lock.extend(lease) == nil)
            await lock.release(lease)
            #expect(try await fixture.redis("GET", Self.key).string == next?.token)
        }
    }

    @Test("Without a fence from the ledger the duty is not acquired and stays free")
    func noFence() async throws {
        try await GateFixture.withServer { fixture, _ in
            let outcome = await Self.lock(fixture, nextFence: { _ in nil }).acquire(.sweeper)
            guard case .taken = outcome else {
                Issue.record("a duty without a fence is not acquired: \(outcome)")
                return
            }
            let isThere = try await fixture.redis("EXISTS", Self.key)
            #expect(isThere == .integer(0))
        }
    }

    @Test("Without Redis no lease is acquired or extended")
    func withoutRedis() async throws {
        try await GateFixture.withServer { fixture, redis in
            let lock = Self.lock(fixture)
            let lease = try #require(await lock.acquire(.sweeper).lease)
            await fixture.kill(redis)
            guard case .unavailable = await lock.acquire(.scheduler) else {
                Issue.record("a lock without Redis is unavailable")
                return
            }
            #expect(await lock.extend(lease) == nil)
            await lock.release(lease)
        }
    }

    @Test("The lock in Redis keeps the rules of the seam", arguments: DutyLockConformance.all)
    func conforms(to rule: DutyLockConformance) async throws {
        try await GateFixture.withServer { fixture, _ in
            let fences = InMemoryDutyLock.Store()
            try await rule.run { lifetime in
                Self.lock(fixture, lifetime: lifetime) { fences.nextFence($0) }
            }
        }
    }
}
