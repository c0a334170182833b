// The registry in a real etcd.

import DevStack
import Discovery
import FlashSaleTesting
import Foundation
import PlainHTTP
import Testing
import Textbook

@Suite(
    "The registry in etcd", .serialized,
    .enabled(if: PrivateEtcd.isInstalled, "etcd is not installed: apt-get install etcd-server"))
struct EtcdRegistryTests {
    private static let server = Task { try await PrivateEtcd.start() }

    /// The shortest that this server keeps a lease.
    private static let silence = Duration.seconds(1)

    @Test("It keeps the rules of every registry", arguments: RegistryConformance.all)
    func rules(rule: RegistryRule) async throws {
        let port = try await Self.server.value.port
        let prefix = RegistryScene.prefix()
        try await rule.run(
            on: RegistryScene(
                Self.registry(port, prefix), Self.registry(port, prefix),
                lose: {
                    let leases = try await Self.ask(port, "lease/leases", [:])["leases"]?.array ?? []
                    for lease in leases {
                        _ = try await Self.ask(port, "lease/revoke", ["ID": lease["ID"] ?? .null])
                    }
                },
                put: { name, text in
                    let key = Self.base64("/\(prefix)/instances/\(name)")
                    _ = try await Self.ask(port, "kv/put", ["key": key, "value": Self.base64(text)])
                }))
    }

    @Test("A key that somebody removed is put again")
    func removedKey() async throws {
        let port = try await Self.server.value.port
        let prefix = RegistryScene.prefix()
        let registry = Self.registry(port, prefix)
        let me = try RegistryScene.instance()
        try await registry.beat(me)
        _ = try await Self.ask(port, "kv/deleterange", ["key": Self.base64("/\(prefix)/instances/me")])
        #expect(try await registry.instances().isEmpty)
        try await registry.beat(me)
        #expect(try await registry.instances() == [me])
    }

    @Test("Of several servers the next answers; without any the call fails in time, in a sentence")
    func absence() async throws {
        let port = try await Self.server.value.port
        let dead = RegistryScene.server(1)
        let alive = RegistryScene.server(port)
        let some = EtcdRegistry(servers: [dead, alive], prefix: RegistryScene.prefix())
        #expect(try await some.instances().isEmpty)
        let start = ContinuousClock.now
        let error = await #expect(throws: RegistryFailure.self) {
            try await EtcdRegistry(servers: [dead, dead], prefix: "x").instances()
        }
        #expect(error?.description.hasPrefix("etcd at 127.0.0.1:1 cannot be asked: ") == true)
        #expect(start.duration(to: .now) < .seconds(5))
    }

    @Test("A server that is frozen holds nothing up")
    func frozen() async throws {
        let own = try await PrivateEtcd.start()
        let address = RegistryScene.server(own.port)
        let registry = EtcdRegistry(servers: [address], prefix: "x")
        #expect(try await registry.instances().isEmpty)
        own.kill(.stop)
        // The signal takes a moment.
        let end = ContinuousClock.now + .seconds(20)
        while (try? await registry.instances()) != nil, ContinuousClock.now < end {}
        let start = ContinuousClock.now
        await #expect(throws: RegistryFailure.self) { try await registry.instances() }
        #expect(start.duration(to: .now) < .seconds(5))
        own.kill(.resume)
        await own.stop()
    }

    private static func registry(_ port: Int, _ prefix: String) -> EtcdRegistry {
        EtcdRegistry(servers: [RegistryScene.server(port)], prefix: prefix, silence: silence)
    }

    private static func base64(_ text: String) -> JSONValue { .string(Data(text.utf8).base64EncodedString()) }

    private static func ask(_ port: Int, _ call: String, _ question: [String: JSONValue]) async throws -> JSONValue {
        let server = HTTPExchange(with: RegistryScene.server(port), timeout: .seconds(10), bytesMax: 1 << 20)
        let answer = try await server.post("/v3/\(call)", json: Array(try JSONEncoder().encode(question)))
        return try JSONValue(parsing: answer.body, depth: 16)
    }
}
