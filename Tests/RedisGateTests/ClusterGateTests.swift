// The gate and the duties' locks over a Redis Cluster: among its nodes, while slots move, and after a master has died.

import DevStack
import FlashSale
import FlashSaleTesting
import HiredisClient
import RedisGate
import Synchronization
import Telemetry
import Testing

@Suite(.timeLimit(.minutes(1))) struct ClusterGateTests {
    @Test("The gate over a cluster keeps the rules of the seam, with sales on every node")
    func conforms() async throws {
        try await withCluster { _, fixture in
            await fixture.expectRules()
            var nodes: Set<RedisServer> = []
            repeat {
                try Task.checkCancellation()
                let sale = await fixture.loadedSale()
                guard case .reserved = try await fixture.reserve(1, of: sale) else {
                    Issue.record("sale \(sale.id) is not loaded")
                    return
                }
                let slot = RedisSlot(of: GateFixture.keys(of: sale))
                nodes.insert(try await fixture.client.connection(to: slot).server)
            } while nodes.count < 3
        }
    }

    @Test("The duties' locks over a cluster keep the rules of the seam", arguments: DutyLockConformance.all)
    func conforms(to rule: DutyLockConformance) async throws {
        try await withCluster { _, fixture in
            // The cluster has no database for each test. A lock of a sale is this rule's own.
            let (fences, sale) = (InMemoryDutyLock.Store(), GateFixture.sale().id)
            try await rule.run { lifetime in
                Self.lock(fixture, for: sale, lifetime: lifetime) { fences.nextFence($0) }
            }
        }
    }

    @Test("The lock of a sale's rebuild is where the sale is, and no other sale's")
    func rebuildLock() async throws {
        try await withCluster { _, fixture in
            let (sale, other) = (GateFixture.sale(), GateFixture.sale())
            let key = GateFixture.keys(of: sale) + ":rebuild"
            #expect(await Self.lock(fixture, for: sale.id).acquire(.rebuild).lease != nil)
            let slot = RedisSlot(of: GateFixture.keys(of: sale) + ":marker")
            let found = try await fixture.client.send(RedisCommand(.exists, ["EXISTS", key]), to: slot)
            #expect(found == .integer(1))
            #expect(await Self.lock(fixture, for: sale.id).acquire(.rebuild).lease == nil)
            #expect(await Self.lock(fixture, for: other.id).acquire(.rebuild).lease != nil)
        }
    }

    @Test("A sale whose slot has moved is not loaded at once, and is loaded where it is now")
    func moved() async throws {
        try await withCluster { cluster, fixture in
            let sale = await fixture.loadedSale()
            let key = GateFixture.keys(of: sale) + ":marker"
            let target = try await Self.other(than: try await cluster.master(of: key), in: cluster)
            try await cluster.moveSlot(of: key, to: target)
            #expect(try await fixture.reserve(1, of: sale) == .notLoaded)
            #expect(await fixture.gate.load(StockSnapshot(unitCount: sale.unitCount), of: sale))
            guard case .reserved = try await fixture.reserve(1, of: sale) else {
                Issue.record("not reserved")
                return
            }
            #expect(target.reply(to: "EXISTS \(key)") == ":1\r\n")
        }
    }

    @Test("While a slot is on its way the gate is out of reach, and never wrong")
    func migrating() async throws {
        try await withCluster { cluster, fixture in
            let sale = await fixture.loadedSale()
            let keys = GateFixture.keys(of: sale)
            let source = try await cluster.master(of: keys)
            let target = try await Self.other(than: source, in: cluster)
            let slot = Self.value(source.reply(to: "CLUSTER KEYSLOT \(keys)"))
            let id = Self.value(target.reply(to: "CLUSTER MYID"))
            #expect(source.reply(to: "CLUSTER SETSLOT \(slot) MIGRATING \(id)") == "+OK\r\n")
            guard case .reserved = try await fixture.reserve(1, of: sale) else {
                Issue.record("nothing has left yet")
                return
            }
            #expect(source.reply(to: "DEL \(keys):1:held") == ":1\r\n")
            #expect(try await fixture.reserve(2, of: sale) == .unavailable)
            #expect(await fixture.gate.begin(CheckoutCode(sale: sale.id, high: 1, low: 2)) == .unavailable)
            #expect(await fixture.gate.load(StockSnapshot(unitCount: sale.unitCount), of: sale) == false)
            try await cluster.moveSlot(of: keys, to: target)
            #expect(try await fixture.reserve(2, of: sale) == .notLoaded)
            #expect(await fixture.gate.load(StockSnapshot(unitCount: sale.unitCount), of: sale))
        }
    }

    @Test("After a master has died its sales are loaded in the replica that is promoted, within 5 s")
    func killed() async throws {
        try await withCluster { cluster, fixture in
            let sale = await fixture.loadedSale()
            let master = try await cluster.master(of: GateFixture.keys(of: sale))
            master.kill(.kill)
            while !master.reply(to: "PING").isEmpty {
                try Task.checkCancellation()
                await Task.yield()
            }
            let start = ContinuousClock.now
            while await !fixture.gate.load(StockSnapshot(unitCount: sale.unitCount), of: sale) {
                try Task.checkCancellation()
                // Whatever of the sale the replica has, it is of another run of Redis.
                let outcome = try await fixture.reserve(1, of: sale)
                #expect(outcome == .unavailable || outcome == .notLoaded)
                try? await fixture.client.waitUntilConnected(within: .milliseconds(50))
            }
            let recovery = ContinuousClock.now - start
            #expect(recovery < .seconds(5), "\(recovery)")
            guard case .reserved = try await fixture.reserve(1, of: sale) else {
                Issue.record("not reserved")
                return
            }
            try await master.restart()
            try await cluster.whole()
        }
    }

    // MARK: The parts

    private static func lock(
        _ fixture: GateFixture, for sale: SaleID, lifetime: Duration = .seconds(30),
        nextFence: @escaping @Sendable (Duty) async -> FencingNumber? = { _ in FencingNumber(1) }
    ) -> FencedLock {
        FencedLock(
            client: fixture.client, ledger: GateFixture.ledger, sale: sale, instruments: fixture.instruments.redis,
            logger: fixture.logger, lifetime: lifetime, timeout: .seconds(10), nextFence: nextFence)
    }

    /// What comes after the kind of a reply, or after its length.
    private static func value(_ reply: String) -> Substring {
        (reply.split(separator: "\r\n").last ?? "").trimmingPrefix(":")
    }

    /// A master that is not this one.
    private static func other(than master: PrivateRedis, in cluster: PrivateRedisCluster) async throws -> PrivateRedis {
        try #require(
            cluster.nodes.first { $0 !== master && $0.reply(to: "INFO replication").contains("role:master") })
    }

    private func withCluster(_ body: (PrivateRedisCluster, GateFixture) async throws -> Void) async throws {
        let cluster = try await TestServers.shared.redisCluster()
        try await GateFixture.run(cluster.url, stepTimeout: .seconds(10)) { try await body(cluster, $0) }
    }
}
