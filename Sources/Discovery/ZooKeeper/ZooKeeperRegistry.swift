// Instances in ZooKeeper: an ephemeral node for each, which ends with the session that made it. Whoever reads them
// watches, so a list that stands costs a ping.
//
//     none ──create──► standing ──beat: is it there, and mine?──► standing
//                                └ it is not: the session was lost, or somebody removed it ──► none
//
// Trust rule: ZooKeeper's clock alone decides who is gone.

internal import NIOCore
public import Textbook

/// A registry in ZooKeeper.
public actor ZooKeeperRegistry: Registry {
    private struct Standing {
        let session: ZooKeeperSession
        var instance: Instance?
    }

    private let servers: [HostPort]
    private let silence: Duration
    /// The node whose children are the instances.
    private let root: String
    /// An instance has a session of its own, so that it is gone when it beats no more, whoever reads meanwhile.
    private var standings: [String: Standing] = [:]
    private let reader: ZooKeeperSession
    /// What the children are, by their paths, as the connection of that number watches them; nil for one that is no
    /// instance.
    private var known: (connection: Int, children: [String: Instance?])?

    /// - Parameters:
    ///   - prefix: what the paths of this deployment begin with, such as `flashsale`.
    ///   - silence: how long an instance may be silent. An ensemble takes no less than two of its ticks.
    public init(servers: [HostPort], prefix: String, silence: Duration = RegistryLimits.silence) {
        self.servers = servers
        self.silence = silence
        root = "/\(prefix)/instances"
        reader = ZooKeeperSession(servers: servers, silence: silence)
    }

    public func beat(_ instance: Instance) async throws(RegistryFailure) {
        let session = standings[instance.id]?.session ?? ZooKeeperSession(servers: servers, silence: silence)
        let said = standings[instance.id]?.instance
        standings[instance.id] = Standing(session: session)
        // The question keeps the session alive, too.
        var node = try await session.ask(.exists, Self.question(path(instance), isWatched: false))
        if node.status == .ok {
            let owner = Self.owner(&node.body)
            if said == instance, owner == (await session.number) {
                standings[instance.id]?.instance = instance
                return
            }
            try await remove(path(instance), over: session)
        }
        try await create(instance, over: session)
        standings[instance.id]?.instance = instance
    }

    public func instances() async throws(RegistryFailure) -> [Instance] {
        // Changes come before the answer to what was asked after them.
        _ = try await reader.ask(.ping)
        let (changes, connection) = (try await reader.takeChanges(), await reader.connections)
        let watched = known?.connection == connection ? known?.children : nil
        if let watched, changes.isEmpty { return watched.values.compactMap(\.self) }
        known = nil
        guard let found = try await read(watched?.filter { !changes.contains($0.key) } ?? [:]) else { return [] }
        known = (connection, found)
        return found.values.compactMap(\.self)
    }

    public func leave(_ instance: Instance) async throws(RegistryFailure) {
        try await remove(path(instance), over: reader)
        await standings.removeValue(forKey: instance.id)?.session.end()
    }

    private func path(_ instance: Instance) -> String { "\(root)/\(instance.id)" }

    /// Reads who is there, and those of them that are not known. Nil if nobody ever was: then nothing is watched.
    private func read(_ known: [String: Instance?]) async throws(RegistryFailure) -> [String: Instance?]? {
        var found = try await reader.ask(.children, Self.question(root, isWatched: true))
        guard found.status == .ok else { return nil }
        let count = found.body.readInteger(as: Int32.self) ?? 0
        let names = (0..<max(count, 0)).prefix(RegistryLimits.instances).compactMap { _ in found.body.readText() }
        let paths = Set(names.map { "\(root)/\($0)" })
        var children = known.filter { paths.contains($0.key) }
        let unknown = paths.filter { children[$0] == nil }
        let replies = try await reader.ask(unknown.map { (.data, Self.question($0, isWatched: true)) })
        for (path, reply) in zip(unknown, replies) where reply.status == .ok {
            var body = reply.body
            let json = body.readField().flatMap { try? JSONValue(parsing: $0, depth: 4) }
            children[path] = .some(json.flatMap(Instance.init))
        }
        return children
    }

    private func create(_ instance: Instance, over session: ZooKeeperSession) async throws(RegistryFailure) {
        var value = JSONWriter()
        instance.write(to: &value)
        let question = Self.node(path(instance), value.bytes, isEphemeral: true)
        switch try await session.ask(.create, question).status {
        case .ok, .nodeExists, nil: return
        case .noNode: break
        }
        // The first instance of a deployment makes what its node is under.
        var parent = ""
        for name in root.split(separator: "/") {
            parent += "/\(name)"
            _ = try await session.ask(.create, Self.node(parent, [], isEphemeral: false))
        }
        _ = try await session.ask(.create, question)
    }

    private func remove(_ path: String, over session: ZooKeeperSession) async throws(RegistryFailure) {
        var question = ByteBuffer()
        question.write(path)
        // Of any version.
        question.writeInteger(Int32(-1))
        _ = try await session.ask(.delete, question)
    }

    private static func question(_ path: String, isWatched: Bool) -> ByteBuffer {
        var question = ByteBuffer()
        question.write(path)
        question.writeInteger(UInt8(isWatched ? 1 : 0))
        return question
    }

    /// A node that everybody may do everything to.
    static func node(_ path: String, _ value: [UInt8], isEphemeral: Bool) -> ByteBuffer {
        var node = ByteBuffer()
        node.write(path)
        node.write(value)
        node.writeInteger(Int32(1))
        node.writeInteger(Int32(31))
        node.write("world")
        node.write("anyone")
        node.writeInteger(Int32(isEphemeral ? 1 : 0))
        return node
    }

    /// The session that a node ends with, from what is told of the node: after four times of 8 bytes and three versions
    /// of 4.
    private static func owner(_ told: inout ByteBuffer) -> Int64? {
        told.getInteger(at: told.readerIndex + 4 * 8 + 3 * 4)
    }
}
