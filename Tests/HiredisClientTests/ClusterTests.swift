// A Redis Cluster whose slots move and whose masters change. What a cluster's nodes may tell is in SlotMapTests.

import DevStack
import Telemetry
import Testing

@testable import HiredisClient

@Suite(.timeLimit(.minutes(1))) struct ClusterTests {
    @Test("Every key is found, and in the slot that Redis itself computes")
    func keys() async throws {
        try await withCluster { cluster, client in
            let servers = try client.connectedServers.get()
            #expect(Set(servers.map(\.address)).count == 3)
            let keys = (0..<60).map { "{\($0)}:\($0)" } + ["{}a", "a{}b{c}", "{{d}}", "a{", "a}b{e}", ""]
            for key in keys {
                let slot = RedisSlot(of: key)
                let said = try await client.send(.words("CLUSTER", "KEYSLOT", key)).integer
                #expect(said == Int64(slot.number), "\(key)")
                _ = try await client.send(.words("SET", key, key), to: slot)
                #expect(try await client.send(.words("GET", key), to: slot).string == key)
            }
        }
    }

    @Test("A command for a slot that has moved goes to its new master once more, without an error")
    func moved() async throws {
        try await withCluster { cluster, client in
            for key in ["{moved-1}", "{moved-2}"] {
                let slot = RedisSlot(of: key)
                let before = try await client.connection(to: slot)
                let target = try await Self.other(than: before.server, in: cluster, client)
                try await cluster.moveSlot(of: key, to: target)
                #expect(try await client.send(.words("SET", key, "v"), to: slot) == .status("OK"))
                #expect(try await client.connection(to: slot).server.address == Self.address(of: target))
                let scripted = try await client.run(Self.get, to: slot, keyCount: 1, Self.arguments(key))
                #expect(scripted.string == "v")
            }
        }
    }

    @Test("A slot on its way is not followed: keys that have left are an error until it has arrived")
    func asked() async throws {
        try await withCluster { cluster, client in
            let key = "{asked}"
            let slot = RedisSlot(of: key)
            let source = try await cluster.master(of: key)
            let target = try await Self.other(than: try await client.connection(to: slot).server, in: cluster, client)
            let id = String(target.reply(to: "CLUSTER MYID").split(separator: "\r\n")[1])
            #expect(source.reply(to: "CLUSTER SETSLOT \(slot.number) MIGRATING \(id)") == "+OK\r\n")
            let error = await redisError { () throws(RedisError) in
                try await client.send(.words("GET", key), to: slot)
            }
            #expect(error?.code == .server(prefix: "ASK"))
            #expect(try await client.connection(to: slot).server.address == Self.address(of: source))
            // A node is fit though its slots are on their way.
            try await client.prove(within: .seconds(10))
            try await cluster.moveSlot(of: key, to: target)
            #expect(try await client.send(.words("GET", key), to: slot) == .null)
        }
    }

    @Test("A replica that is promoted by plan is found, and what was its master is left")
    func promoted() async throws {
        try await withCluster { cluster, client in
            let key = "{promoted}"
            let slot = RedisSlot(of: key)
            let before = try await cluster.master(of: key)
            let replica = try #require(
                cluster.nodes.first { $0.reply(to: "INFO replication").contains("master_port:\(before.port)\r\n") })
            #expect(replica.reply(to: "CLUSTER FAILOVER") == "+OK\r\n")
            let start = ContinuousClock.now
            while try await cluster.master(of: key) !== replica {
                try Task.checkCancellation()
                await Task.yield()
            }
            while (try? await client.send(.words("SET", key, "v"), to: slot)) == nil {
                try Task.checkCancellation()
                await Task.yield()
            }
            #expect(ContinuousClock.now - start < .seconds(5))
            #expect(try await client.connection(to: slot).server.address == Self.address(of: replica))
            #expect(try client.connectedServers.get().count == 3)
            try await cluster.whole()
        }
    }

    @Test("While a slot has no master the client says so, and works as soon as it has one again")
    func uncovered() async throws {
        try await withCluster { cluster, client in
            let key = "{uncovered}"
            let slot = RedisSlot(of: key)
            let master = try await cluster.master(of: key)
            var error: RedisError?
            repeat {
                // A node that hears of the slot from one that still has it takes it back, so they are told again.
                for node in cluster.nodes { _ = node.reply(to: "CLUSTER DELSLOTS \(slot.number)") }
                error = await redisError { () throws(RedisError) in try await client.prove(within: .seconds(10)) }
            } while error?.message != "only 16383 of the cluster's 16384 slots have a master" && !Task.isCancelled
            let meeting = await redisError { () throws(RedisError) in try await client.meetServers() }
            #expect(meeting?.code == .connectionFailed)
            #expect(meeting?.message.contains("without a master") == true || meeting?.message == error?.message)
            let refused = await redisError { () throws(RedisError) in
                try await client.send(.words("GET", key), to: slot)
            }
            #expect(refused != nil)
            #expect(master.reply(to: "CLUSTER ADDSLOTS \(slot.number)") == "+OK\r\n")
            try await cluster.whole()
            let start = ContinuousClock.now
            try await client.waitUntilConnected(within: .seconds(20))
            #expect(try await client.send(.words("GET", key), to: slot) == .null)
            #expect(ContinuousClock.now - start < .seconds(5))
        }
    }

    @Test("A replica among the seeds tells of the cluster as well as a master")
    func replicaAsSeed() async throws {
        let cluster = try await TestServers.shared.redisCluster()
        let replica = try #require(cluster.nodes.first { $0.reply(to: "INFO replication").contains("role:slave") })
        try await withClient(cluster.url(of: [replica])) { client in
            let servers = try client.connectedServers.get()
            #expect(servers.count == 3)
        }
    }

    @Test("A seed that no cluster has, a server that is one of many, and a dead seed beside a live one")
    func seeds() async throws {
        let (cluster, lone) = (try await TestServers.shared.redisCluster(), try await PrivateRedis.start(.ephemeral))
        let place = "127.0.0.1:\(lone.port)"
        func problem(_ url: String) async throws -> RedisError? {
            try await withClient(url, waits: false) { client in
                await redisError { () throws(RedisError) in try await client.meetServers() }
            }
        }
        let open = "redis-cluster://\(place)"
        #expect(lone.reply(to: "CONFIG SET requirepass of-a-cluster") == "+OK\r\n")
        let refused = try await problem(open)
        #expect(refused?.code == .configuration)
        #expect(refused?.message == "\(place): Redis asks for a password: put it into the URL")
        for url in [cluster.url + ",\(place)", "redis-cluster://:of-a-cluster@\(place)"] {
            let error = try await problem(url)
            #expect(error?.code == .configuration)
            #expect(error?.message == "\(place): Redis is no node of a cluster: write redis:// for a single server")
        }
        let node = "127.0.0.1:\(cluster.nodes[0].port)"
        let single = try await problem("redis://:of-a-cluster@\(node)")
        #expect(single?.code == .configuration)
        let sentence = "is a node of a cluster: write redis-cluster://host:port,host:port for all of it"
        #expect(single?.message == "\(node) \(sentence)")
        let dead = try await problem("redis-cluster://127.0.0.1:1")
        #expect(dead?.code == .connectionFailed)
        #expect(dead?.message.hasPrefix("no node of the cluster answers (127.0.0.1:1: ") == true)
        try await withClient(cluster.url + ",127.0.0.1:1") { client in
            let servers = try await client.meetServers()
            #expect(servers.count == 3)
        }
        await lone.stop()
    }

    // MARK: The parts

    private static let get = RedisScript(.fetch, source: "return redis.call('GET', KEYS[1])")

    private static func arguments(_ key: String) -> RedisArguments {
        var arguments = RedisArguments()
        arguments.append(key)
        return arguments
    }

    private static func address(of node: PrivateRedis) -> RedisConfiguration.Address {
        .tcp(host: "127.0.0.1", port: node.port)
    }

    /// A master that is not this one.
    private static func other(
        than server: RedisServer, in cluster: PrivateRedisCluster, _ client: RedisClient
    ) async throws -> PrivateRedis {
        let addresses = try client.connectedServers.get().map(\.address).filter { $0 != server.address }
        return try #require(cluster.nodes.first { address(of: $0) == addresses.first })
    }

    private func withCluster(_ body: (PrivateRedisCluster, RedisClient) async throws -> Void) async throws {
        let cluster = try await TestServers.shared.redisCluster()
        try await withClient(cluster.url, configure: { $0.proof = Self.proof }) { try await body(cluster, $0) }
    }

    private static let proof = RedisProof(
        RedisScript(.proof, source: "redis.call('SET', KEYS[1], '', 'PX', 1000) return 1"), key: { "{proof:\($0)}" })
}
