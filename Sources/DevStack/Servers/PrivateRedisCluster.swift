// A private Redis Cluster for the tests: six servers that know one another from the start.

/// Three masters, each with a replica.
public final class PrivateRedisCluster: Sendable {
    /// How long a node may be silent before the others take it for gone, in milliseconds.
    private static let nodeTimeout = 1_000
    private static let masterCount = 3
    private static let slotCount = 16_384
    /// A port that is found free may be taken before the server has it.
    private static let attempts = 5

    public let nodes: [PrivateRedis]
    private let password: String

    private init(nodes: [PrivateRedis], password: String) {
        self.nodes = nodes
        self.password = password
    }

    /// Starts the servers and waits until they are a cluster, which takes them two seconds.
    public static func start() async throws -> PrivateRedisCluster {
        for attempt in 1... {
            do {
                return try await startOnce()
            } catch let error as DevStackError where error.code == .portInUse && attempt < attempts {
                continue
            }
        }
        preconditionFailure("the last attempt returns or throws")
    }

    /// The URL of the cluster by the nodes that were its first masters.
    public var url: String { url(of: Array(nodes.prefix(Self.masterCount))) }

    /// The URL of the cluster by some nodes.
    public func url(of seeds: [PrivateRedis]) -> String {
        "redis-cluster://:\(password)@\(seeds.map { "127.0.0.1:\($0.port)" }.joined(separator: ","))"
    }

    /// The node that serves a key.
    public func master(of key: String) async throws -> PrivateRedis {
        try await answer("no node serves \(key)") {
            nodes.first { node in
                let reply = node.reply(to: "EXISTS \(key)")
                // The slot of a key that has left may still be here.
                return reply.hasPrefix(":") || reply.hasPrefix("-ASK ")
            }
        }
    }

    /// Makes another node the master of a key's slot, and returns once all masters know. The keys stay behind, and so
    /// are lost.
    public func moveSlot(of key: String, to target: PrivateRedis) async throws {
        let source = try await master(of: key)
        let slot = Self.value(source.reply(to: "CLUSTER KEYSLOT \(key)"))
        let (from, to) = (Self.value(source.reply(to: "CLUSTER MYID")), Self.value(target.reply(to: "CLUSTER MYID")))
        _ = target.reply(to: "CLUSTER SETSLOT \(slot) IMPORTING \(from)")
        _ = target.reply(to: "CLUSTER SETSLOT \(slot) NODE \(to)")
        let moved = "-MOVED \(slot) 127.0.0.1:\(target.port)\r\n"
        try await answer("the slot does not move") {
            nodes.allSatisfy { $0 === target || $0.reply(to: "EXISTS \(key)") == moved } ? true : nil
        }
    }

    /// Returns once every node is up, knows of a master for each slot, and has caught up with its own.
    public func whole() async throws {
        try await answer("the cluster is not whole") { nodes.allSatisfy(Self.isWhole) ? true : nil }
    }

    public func stop() async {
        for node in nodes { await node.stop() }
    }

    /// What comes after the kind of a reply, or after its length.
    private static func value(_ reply: String) -> String {
        String((reply.split(separator: "\r\n").last ?? "").trimmingPrefix(":"))
    }

    private static func isWhole(_ node: PrivateRedis) -> Bool {
        let role = node.reply(to: "INFO replication")
        return node.reply(to: "CLUSTER INFO").contains("cluster_state:ok")
            && (role.contains("role:master") || role.contains("master_link_status:up"))
    }

    @discardableResult
    private func answer<Answer>(_ problem: String, _ ask: () -> Answer?) async throws -> Answer {
        guard let answer = await poll(within: .seconds(20), ask) else { throw DevStackError(.notReady, problem + ".") }
        return answer
    }

    private static func startOnce() async throws -> PrivateRedisCluster {
        let ports = try (0..<2 * masterCount).map { _ in (try LoopbackPort.free(), bus: try LoopbackPort.free()) }
        let password = "of-a-cluster"
        var nodes: [PrivateRedis] = []
        for (number, port) in ports.enumerated() {
            var configuration = PrivateRedis.Configuration.ephemeral
            configuration.place.port = port.0.number
            configuration.databases = 1
            configuration.password = password
            configuration.nodes = text(of: ports, for: number)
            configuration.settings = [
                "cluster-enabled yes", "cluster-config-file nodes.conf", "cluster-port \(port.bus.number)",
                "cluster-node-timeout \(nodeTimeout)", "masterauth \(password)", "repl-diskless-sync-delay 0",
            ]
            nodes.append(try await PrivateRedis.start(configuration))
        }
        let cluster = PrivateRedisCluster(nodes: nodes, password: password)
        try await cluster.whole()
        return cluster
    }

    /// A node's file of the cluster: a line for each node, the masters first.
    private static func text(of ports: [(LoopbackPort, bus: LoopbackPort)], for own: Int) -> String {
        func name(_ number: Int) -> String { String(repeating: "\(number + 1)", count: 40) }
        let lines = ports.enumerated().map { number, port in
            let (share, isMaster) = (number % masterCount, number < masterCount)
            let first = (share * slotCount + masterCount - 1) / masterCount
            let last = ((share + 1) * slotCount + masterCount - 1) / masterCount - 1
            let role = (number == own ? "myself," : "") + (isMaster ? "master -" : "slave \(name(share))")
            let slots = isMaster ? " \(first)-\(last)" : ""
            return """
                \(name(number)) 127.0.0.1:\(port.0.number)@\(port.bus.number) \(role) 0 0 \(share + 1) connected\(slots)
                """
        }
        return (lines + ["vars currentEpoch \(masterCount) lastVoteEpoch 0"]).joined(separator: "\n") + "\n"
    }
}
