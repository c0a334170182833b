// What the tests of registries in real servers share: names that nobody else has, and the scene of the rules.

import Discovery
import FlashSaleTesting
import Synchronization
import Testing
import Textbook

extension RegistryScene {
    private static let scenes = Mutex(0)

    /// What is no instance.
    private static let garbage = [
        "garbage", "{}", #"{"id":"x","api":"http://x","ops":"http://a:b@x"}"#,
        #"{"id":"a b","api":"http://x","ops":"http://x"}"#, "",
    ]

    /// Two instances of a server that forgets by its own clock who is silent.
    ///
    /// - Parameter put: puts a text among the instances, under a name.
    init(
        _ one: any Registry, _ other: any Registry, lose: @escaping @Sendable () async throws -> Void,
        put: @escaping @Sendable (_ name: String, _ text: String) async throws -> Void
    ) {
        self.init(
            one: one, other: other,
            pass: { meanwhile in
                let end = ContinuousClock.now + .seconds(20)
                while try await other.instances().count > 1, ContinuousClock.now < end { try await meanwhile() }
            }, lose: lose,
            spoil: { for (number, text) in Self.garbage.enumerated() { try await put("\(number)", text) } })
    }

    /// A prefix that no other scene of this run has.
    static func prefix() -> String {
        scenes.withLock { number in
            number += 1
            return "test-\(number)"
        }
    }

    static func server(_ port: Int) -> HostPort { HostPort(host: "127.0.0.1", port: port) }

    static func instance() throws -> Instance {
        let address = try #require(ServiceAddress("http://shop.example"))
        return try #require(
            Instance(
                id: "me", name: "shop", api: address, operations: address, build: "1.0",
                startedAt: UTCTime(seconds: 0)))
    }
}
