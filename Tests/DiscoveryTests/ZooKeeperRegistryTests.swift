// The registry in a real ZooKeeper.

import DevStack
import FlashSaleTesting
import Foundation
import NIOCore
import Testing

@testable import Discovery

@Suite(
    "The registry in ZooKeeper", .serialized,
    .enabled(if: PrivateZooKeeper.isInstalled, "ZooKeeper is not installed: apt-get install zookeeper"))
struct ZooKeeperRegistryTests {
    private static let server = Task {
        let server = try await PrivateZooKeeper.start()
        // The first session of a fresh server may take longer than a call.
        try await insist { _ = try await registry(server.port, "first").instances() }
        return server
    }
    private static let silence = Duration.seconds(1)

    @Test("It keeps the rules of every registry", arguments: RegistryConformance.all)
    func rules(rule: RegistryRule) async throws {
        let port = try await Self.server.value.port
        let prefix = RegistryScene.prefix()
        let stranger = ZooKeeperSession(servers: [RegistryScene.server(port)], silence: .seconds(4))
        try await rule.run(
            on: RegistryScene(
                try Self.registry(port, prefix), try Self.registry(port, prefix),
                lose: { try await Self.remove("/\(prefix)/instances/ann", over: stranger) },
                put: { name, text in
                    let path = "/\(prefix)/instances/\(name)"
                    let node = ZooKeeperRegistry.node(path, Array(text.utf8), isEphemeral: true)
                    let reply = try await stranger.ask(.create, node)
                    #expect(reply.status == .ok)
                }))
        await stranger.end()
    }

    @Test("After its server was away an instance is listed again, once")
    func restarts() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "zoo-\\-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var place = ServerPlace()
        place.directory = folder
        let own = try await PrivateZooKeeper.start(at: place)
        #expect(FileManager.default.fileExists(atPath: folder + "/data/version-2"))
        let registry = try Self.registry(own.port, "x", silence: .seconds(4))
        let me = try RegistryScene.instance()
        try await Self.insist { try await registry.beat(me) }
        for _ in 1...2 { #expect(try await registry.instances() == [me]) }
        own.kill(.kill)
        await #expect(throws: RegistryFailure.self) {
            while true {
                try Task.checkCancellation()
                try await registry.beat(me)
            }
        }
        try await own.restart()
        try await Self.insist { try await registry.beat(me) }
        #expect(try await registry.instances() == [me])
        await own.stop()
    }

    @Test("Of several servers the next answers; without any the call fails in time, in a sentence")
    func absence() async throws {
        let alive = RegistryScene.server(try await Self.server.value.port)
        let dead = RegistryScene.server(1)
        let some = ZooKeeperRegistry(servers: [dead, alive], prefix: RegistryScene.prefix())
        #expect(try await some.instances().isEmpty)
        let start = ContinuousClock.now
        let error = await #expect(throws: RegistryFailure.self) {
            try await ZooKeeperRegistry(servers: [dead, dead], prefix: "x").instances()
        }
        #expect(error?.description == "ZooKeeper at 127.0.0.1:1 cannot be asked: Connection refused")
        #expect(start.duration(to: .now) < .seconds(5))
    }

    @Test("What answers and is no ZooKeeper is told so, in time")
    func stranger() async throws {
        let redis = try await PrivateRedis.start(.ephemeral)
        let start = ContinuousClock.now
        await #expect(throws: RegistryFailure.self) { try await Self.registry(redis.port, "x").instances() }
        #expect(start.duration(to: .now) < .seconds(5))
        await redis.stop()
    }

    @Test("Frames that are cut, or longer than they may be, end the connection and nothing else")
    func frames() {
        var bytes = ByteBuffer(bytes: [0, 0, 0, 2, 7])
        let half = bytes.readFrame()
        bytes.writeInteger(UInt8(8))
        let whole = bytes.readFrame()
        #expect(half == nil && whole == ByteBuffer(bytes: [7, 8]))
        for bytes in [[], [0, 0, 0], [0, 0, 0, 9, 1], [0xFF, 0xFF, 0xFF, 0xFF]] as [[UInt8]] {
            var field = ByteBuffer(bytes: bytes)
            let read = field.readField()
            #expect(read == nil)
            #expect(ZooKeeperIdentity(ByteBuffer(bytes: bytes)) == nil)
        }
    }

    private static func registry(
        _ port: Int, _ prefix: String, silence: Duration = silence
    ) throws -> ZooKeeperRegistry {
        ZooKeeperRegistry(servers: [RegistryScene.server(port)], prefix: prefix, silence: silence)
    }

    private static func remove(_ path: String, over session: ZooKeeperSession) async throws {
        var question = ByteBuffer()
        question.write(path)
        question.writeInteger(Int32(-1))
        let reply = try await session.ask(.delete, question)
        #expect(reply.status == .ok)
    }

    /// Tries until it succeeds.
    private static func insist(_ body: () async throws -> Void) async throws {
        let end = ContinuousClock.now + .seconds(20)
        while true {
            do {
                return try await body()
            } catch {
                guard ContinuousClock.now < end else { throw error }
            }
        }
    }
}
