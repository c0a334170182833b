// The gate over a real Redis, and over one that fails.

import DevStack
import FlashSale
import FlashSaleTesting
import HiredisClient
import RedisGate
import Telemetry
import Testing

@Suite(.timeLimit(.minutes(2))) struct RedisSaleGateTests {
    @Test("The gate in Redis keeps the rules of the seam")
    func conforms() async throws {
        try await GateFixture.withServer { fixture, _ async throws in
            await fixture.expectRules()
        }
    }

    @Test("After FLUSHALL a sale is not loaded, and never out of stock")
    func flush() async throws {
        try await GateFixture.withServer { fixture, _ async throws in
            let sale = await fixture.loadedSale()
            try await fixture.redis("FLUSHALL")
            #expect(try await fixture.reserve(1, of: sale) == .notLoaded)
            #expect(
                await fixture.gate.tell([.sold(try fixture.hold(1, of: sale))], of: sale) == false)
            #expect(await fixture.gate.count(sale) == nil)
        }
    }

    @Test("A sale that has lost any one of its keys is not loaded", arguments: ["free", "sold", "held", "buyers"])
    func lostKey(name: String) async throws {
        try await GateFixture.withServer { fixture, _ async throws in
            let sale = await fixture.loadedSale()
            try await fixture.redis("DEL", "\(GateFixture.keys(of: sale)):1:\(name)")
            #expect(try await fixture.reserve(1, of: sale) == .notLoaded)
            #expect(await fixture.gate.count(sale) == nil)
            #expect(await fixture.gate.stock(of: sale) == nil)
            #expect(await fixture.gate.units([0], of: sale) == nil)
        }
    }

    @Test("A hold that is told again mends what the gate has lost of it", arguments: ["free", "buyers"])
    func mended(lost: String) async throws {
        try await GateFixture.withServer { fixture, _ async throws in
            let sale = await fixture.loadedSale()
            let keys = GateFixture.keys(of: sale) + ":1:"
            let hold = try fixture.hold(1, of: sale)
            await fixture.gate.tell([.held(hold)], of: sale)
            _ =
                try await lost == "free"
                ? fixture.redis("SETBIT", keys + lost, "0", "1") : fixture.redis("HDEL", keys + lost, "ann")
            await fixture.gate.tell([.held(hold)], of: sale)
            #expect(try await fixture.redis("GETBIT", keys + "free", "0") == .integer(0))
            #expect(try await fixture.reserve(1, of: sale) == .refused(.alreadyCheckedOut))
        }
    }

    @Test("In a Redis that came back with its old keys the sale is not loaded")
    func restart() async throws {
        var configuration = PrivateRedis.Configuration()
        configuration.settings = ["appendfsync always"]
        try await GateFixture.withServer(configuration) { fixture, redis async throws in
            let sale = await fixture.loadedSale()
            await fixture.kill(redis)
            try await redis.restart()
            try await fixture.reconnected()
            #expect(try await fixture.redis("EXISTS", "\(GateFixture.keys(of: sale)):1:free") == .integer(1))
            #expect(try await fixture.reserve(1, of: sale) == .notLoaded)
            #expect(await fixture.gate.load(StockSnapshot(unitCount: sale.unitCount), of: sale))
            #expect(try await fixture.reserve(1, of: sale) != .notLoaded)
        }
    }

    @Test(
        "A marker of another epoch or another run of Redis means not loaded",
        arguments: ["1 0000000000000000000000000000000000000000 1", "", "1", "x y", "2 other 1", "1   "])
    func foreignMarker(marker: String) async throws {
        try await GateFixture.withServer { fixture, _ async throws in
            let sale = await fixture.loadedSale()
            try await fixture.redis("SET", "\(GateFixture.keys(of: sale)):marker", marker)
            #expect(try await fixture.reserve(1, of: sale) == .notLoaded)
        }
    }

    @Test("Scripts that Redis has forgotten are sent again and counted")
    func scriptFlush() async throws {
        try await GateFixture.withServer { fixture, _ async throws in
            let sale = await fixture.loadedSale()
            _ = try await fixture.reserve(1, of: sale)
            try await fixture.redis("SCRIPT", "FLUSH")
            guard case .reserved = try await fixture.reserve(2, of: sale) else {
                Issue.record("not reserved")
                return
            }
            #expect(fixture.instruments.redis.scriptLoadsTotal.value(.reserve) == 2)
            #expect(fixture.instruments.redis.errorsTotal.value(.noscript) == 1)
        }
    }

    @Test("A fact about a unit beyond the sale's stock is ignored, and the others are not")
    func beyondTheStock() async throws {
        try await GateFixture.withServer { fixture, _ async throws in
            let sale = await fixture.loadedSale()
            let facts = [GateFact.sold(try fixture.hold(9, of: sale)), .sold(try fixture.hold(1, of: sale))]
            #expect(await fixture.gate.tell(facts, of: sale))
            #expect(await fixture.gate.count(sale) == StockCount(free: 3, held: 0, sold: 1))
        }
    }

    @Test("The keys of a former epoch are removed, and the others expire a day after the sale")
    func keysExpire() async throws {
        try await GateFixture.withServer { fixture, _ async throws in
            let sale = await fixture.loadedSale()
            #expect(await fixture.gate.load(StockSnapshot(unitCount: sale.unitCount), of: sale, epoch: 2))
            let keys = try await fixture.redis("KEYS", "*").array?.compactMap(\.string) ?? []
            let names = ["marker", "2:free", "2:sold", "2:held", "2:buyers"]
            #expect(Set(keys) == Set(names.map { "\(GateFixture.keys(of: sale)):\($0)" }))
            for key in keys {
                #expect(try await fixture.redis("PEXPIRETIME", key) == .integer(4_000_000_000_000 + 86_400_000))
            }
        }
    }

    @Test("A Redis that hangs makes the gate unavailable within its deadline")
    func hangs() async throws {
        try await GateFixture.withServer(stepTimeout: RedisSaleGate.stepTimeout) { fixture, redis async throws in
            let sale = await fixture.loadedSale()
            try await fixture.redis("CLIENT", "PAUSE", "5000", "ALL")
            let start = ContinuousClock.now
            #expect(try await fixture.reserve(1, of: sale) == .unavailable)
            #expect(await fixture.gate.begin(CheckoutCode(sale: sale.id, high: 1, low: 2)) == .unavailable)
            #expect(ContinuousClock.now - start < .seconds(2))
        }
    }

    @Test(
        "A buyer waits for a Redis that hangs no longer than for any step, a duty waits longer",
        arguments: [GateWaiter.buyer, .nobody])
    func hangsAfterCommit(waiter: GateWaiter) async throws {
        try await GateFixture.withServer(stepTimeout: RedisSaleGate.stepTimeout) { fixture, redis async throws in
            let sale = await fixture.loadedSale()
            let held = GateFact.held(try fixture.hold(1, of: sale))
            try await fixture.redis("CLIENT", "PAUSE", "60000", "WRITE")
            let start = ContinuousClock.now
            #expect(await fixture.gate.settle([held], of: sale, unlocking: nil, for: waiter) == false)
            #expect((ContinuousClock.now - start < .seconds(2)) == (waiter == .buyer))
        }
    }

    @Test("Without Redis every call returns unavailable at once")
    func gone() async throws {
        try await GateFixture.withServer { fixture, redis async throws in
            let sale = await fixture.loadedSale()
            await fixture.kill(redis)
            let code = CheckoutCode(sale: sale.id, high: 1, low: 2)
            #expect(try await fixture.reserve(1, of: sale) == .unavailable)
            #expect(await fixture.gate.begin(code) == .unavailable)
            let lock = CodeLock(code: code, token: "none")
            #expect(await fixture.gate.unlock(lock) == false)
            #expect(await fixture.gate.load(StockSnapshot(unitCount: sale.unitCount), of: sale, epoch: 2) == false)
            #expect(await fixture.gate.stock(of: sale) == nil)
            #expect(await fixture.gate.units([0], of: sale) == nil)
        }
    }

    @Test("A gate that has missed a fact is not counted until it is loaded again")
    func missedFact() async throws {
        try await GateFixture.withServer { fixture, redis async throws in
            let sale = await fixture.loadedSale()
            let sold = GateFact.sold(try fixture.hold(1, of: sale))
            #expect(await fixture.gate.count(sale)?.free == sale.unitCount)
            try await GateFixture.run(redis.url, stepTimeout: .seconds(10)) { console async throws in
                try await console.redis("CONFIG", "SET", "maxmemory", "1")
                #expect(await fixture.gate.tell([sold], of: sale) == false)
                await fixture.disconnected()
                #expect(await fixture.gate.load(StockSnapshot(unitCount: sale.unitCount), of: sale, epoch: 2) == false)
                try await console.redis("CONFIG", "SET", "maxmemory", "0")
            }
            try await fixture.reconnected()
            #expect(await fixture.gate.count(sale) == nil, "its count lacks the sold unit")
            var truth = StockSnapshot(unitCount: sale.unitCount)
            truth.markSold(0)
            #expect(await fixture.gate.load(truth, of: sale, epoch: 3))
            #expect(await fixture.gate.count(sale)?.sold == 1)
        }
    }

    @Test("A buyer that hangs up ends none of the calls that others may share")
    func cancelled() async throws {
        try await GateFixture.withServer { fixture, redis async throws in
            let sale = await fixture.loadedSale()
            let sold = GateFact.sold(try fixture.hold(1, of: sale))
            try await fixture.redis("CLIENT", "PAUSE", "60000", "WRITE")
            let buyer = Task { await fixture.gate.tell([sold], of: sale) }
            buyer.cancel()
            let other = Task { try await fixture.reserve(2, of: sale) }
            other.cancel()
            try await fixture.redis("CLIENT", "UNPAUSE")
            #expect(await buyer.value)
            #expect(try await other.value != .unavailable)
            #expect(await fixture.gate.count(sale)?.sold == 1)
        }
    }

    @Test("Lock metrics add up: attempts are successes and failures, and every held lock is released")
    func lockMetrics() async throws {
        try await GateFixture.withServer { fixture, redis async throws in
            let sale = await fixture.loadedSale()
            let metrics = fixture.instruments.redis
            let code = CheckoutCode(sale: sale.id, high: 1, low: 2)
            let lost = CheckoutCode(sale: sale.id, high: 3, low: 4)
            let left = CheckoutCode(sale: sale.id, high: 5, low: 6)
            guard case .begun(let lock) = await fixture.gate.begin(code),
                case .begun(let lostLock) = await fixture.gate.begin(lost)
            else {
                Issue.record("not begun")
                return
            }
            #expect(metrics.locksHeld.value(.purchase) == 2)
            _ = await fixture.gate.begin(code)
            await fixture.gate.settle(
                [.sold(try fixture.hold(1, of: sale))], of: sale, unlocking: lock, for: .nobody)
            await fixture.gate.unlock(lock)
            try await fixture.redis("DEL", "\(GateFixture.keys(of: sale)):lock:\(lost.description.suffix(32))")
            await fixture.gate.unlock(lostLock)
            guard case .begun(let leftLock) = await fixture.gate.begin(left) else {
                Issue.record("not begun")
                return
            }
            fixture.gate.forget(leftLock)
            await fixture.kill(redis)
            _ = await fixture.gate.begin(code)
            #expect(metrics.lockAttemptsTotal.value(.purchase) == 5)
            #expect(metrics.lockSuccessTotal.value(.purchase) == 3)
            #expect(metrics.lockFailureTotal.value(LockFailureLabels(.purchase, .alreadyLocked)) == 1)
            #expect(metrics.lockFailureTotal.value(LockFailureLabels(.purchase, .redisError)) == 1)
            #expect(metrics.lockLostTotal.value(LockLossLabels(.purchase, .expired)) == 1)
            #expect(metrics.lockDurationSeconds.count(.purchase) == 3)
            #expect(metrics.locksHeld.value(.purchase) == 0)
        }
    }

    @Test("A sale of 100,000 units with 20,000 holds loads whole")
    func largeLoad() async throws {
        try await GateFixture.withServer { fixture, _ async throws in
            let sale = GateFixture.sale(items: 100_000)
            var snapshot = StockSnapshot(unitCount: 100_000)
            for ordinal in 0..<20_000 {
                snapshot.markHeld(ordinal, by: try fixture.hold(Int32(ordinal + 1), of: sale, buyer: "b\(ordinal)"))
            }
            for ordinal in 20_000..<50_000 { snapshot.markSold(ordinal) }
            let start = ContinuousClock.now
            #expect(await fixture.gate.load(snapshot, of: sale))
            print("100,000 units with 20,000 holds loaded in \(ContinuousClock.now - start)")
            #expect(await fixture.gate.snapshot(of: sale) == snapshot)
        }
    }
}
