// The rights that docs/OPERATING.md gives a Redis user: enough for everything, and each of them needed.

import DevStack
import FlashSale
import FlashSaleTesting
import FoundationEssentials
import HiredisClient
import Logging
import NIOPosix
import RedisGate
import Telemetry
import Testing

@Suite(.timeLimit(.minutes(2))) struct RightsTests {
    @Test("With the documented rights the gate in Redis keeps all rules of the seam")
    func conforms() async throws {
        try await withUser { url, _ in
            try await GateFixture.run(url, stepTimeout: .seconds(10)) { fixture async throws in
                for rule in SaleGateConformance.all {
                    await #expect(throws: Never.self, "\(rule)") {
                        try await rule.run(on: fixture.gate, upkeep: fixture.gate)
                    }
                }
                for rule in GateUpkeepConformance.all {
                    await #expect(throws: Never.self, "\(rule)") { try await rule.run(on: fixture.gate) }
                }
            }
        }
    }

    @Test("With two more rights the gate works in a cluster, and each of them is named if it is missing")
    func inCluster() async throws {
        let cluster = try await TestServers.shared.redisCluster()
        let (words, more) = (try Self.line, ["+cluster|slots", "+cluster|info"])
        #expect(try Self.page.contains("two rights more: `\(more.joined(separator: " "))`"))
        func set(_ rules: [String]) throws {
            let name = try #require(words.first)
            for node in cluster.nodes {
                #expect(node.reply(to: (["ACL", "SETUSER", name] + rules).joined(separator: " ")) == "+OK\r\n")
            }
        }
        try set(words.dropFirst() + more)
        let places = try #require(cluster.url.split(separator: "@").last)
        let url = "redis-cluster://\(words[0]):PASSWORD@\(places)"
        try await GateFixture.run(url, stepTimeout: .seconds(10)) { fixture in
            let sale = await fixture.loadedSale()
            guard case .reserved = try await fixture.reserve(1, of: sale) else {
                Issue.record("not reserved")
                return
            }
        }
        for right in more {
            try set(["-\(right.dropFirst())"])
            let error = try await Self.refusal(url)
            #expect(error?.code == .configuration)
            #expect(error?.message.hasSuffix(": the Redis user lacks the right \(right)") == true)
            try set([right])
        }
    }

    @Test("A right that is missing is named in one sentence, and refused at once")
    func missing() async throws {
        try await withUser { url, console in
            // These two are the audit's.
            for right in try Self.rights.filter({ !["hmget", "hscan"].contains($0) }) {
                try await console("-\(right)")
                #expect(try await Self.refusal(url)?.message == "the Redis user lacks the right +\(right)")
                try await console("+\(right)")
            }
            try await console("resetkeys")
            let error = try await Self.refusal(url)
            #expect(error?.message == "the Redis user lacks the right to the key flashsale:{proof:0}")
            #expect(error?.code == .configuration)
        }
    }

    @Test("A right that is taken away while the gate works is named, and the gate returns with it")
    func takenAway() async throws {
        try await withUser { url, console in
            try await GateFixture.run(url, stepTimeout: .seconds(10)) { fixture async throws in
                let sale = await fixture.loadedSale()
                try await console("-setbit")
                #expect(try await fixture.reserve(1, of: sale) == .unavailable)
                await fixture.disconnected()
                var message: String?
                repeat {
                    if case .failure(let error) = fixture.client.connectedServers { message = error.message }
                } while message != "the Redis user lacks the right +setbit"
                try await console("+setbit")
                try await fixture.reconnected()
                guard case .reserved = try await fixture.reserve(1, of: sale) else {
                    Issue.record("the gate did not return")
                    return
                }
            }
        }
    }

    @Test("The proof tries every command of the scripts")
    func proofIsWhole() throws {
        let scripts = Self.root.appending(path: "Sources/RedisGate/Scripts")
        var called: Set<String> = []
        for file in try FileManager.default.contentsOfDirectory(atPath: scripts.path) where file != "proof.lua" {
            let text = try String(contentsOf: scripts.appending(path: file), encoding: .utf8)
            for part in text.split(separator: "redis.call('").dropFirst() {
                called.insert(part.prefix { $0 != "'" }.lowercased())
            }
        }
        let proof = try String(contentsOf: scripts.appending(path: "proof.lua"), encoding: .utf8)
        let tried = Set(proof.split(separator: "{'").dropFirst().map { String($0.prefix { $0 != "'" }) })
        #expect(called.subtracting(tried).isEmpty)
        #expect(tried.subtracting(try Self.rights).isEmpty)
    }

    // MARK: The parts

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private static var page: String {
        get throws { try String(contentsOf: root.appending(path: "docs/OPERATING.md"), encoding: .utf8) }
    }

    /// The words of the documented line, from the user's name.
    private static var line: [String] {
        get throws {
            let line = try #require(page.split(separator: "\n").first { $0.hasPrefix("ACL SETUSER ") })
            return line.split(separator: " ").dropFirst(2).map(String.init)
        }
    }

    private static var rights: [String] {
        get throws { try line.filter { $0.hasPrefix("+") }.map { String($0.dropFirst()) } }
    }

    /// Lends the URL of a Redis for the documented user, and a way to change the user.
    private func withUser(
        _ body: (String, @escaping @Sendable (String) async throws -> Void) async throws -> Void
    ) async throws {
        try await GateFixture.withServer { fixture, redis async throws in
            let words = try Self.line
            let reply = try await fixture.client.send(RedisCommand(.other, ["ACL", "SETUSER"] + words))
            #expect(reply == .status("OK"))
            let password = try #require(words.first { $0.hasPrefix(">") }).dropFirst()
            try await body("redis://\(words[0]):\(password)@127.0.0.1:\(redis.port)/1") { change in
                try await fixture.redis("ACL", "SETUSER", words[0], change)
            }
        }
    }

    /// Why the gate's client is refused.
    private static func refusal(_ url: String) async throws -> RedisError? {
        var configuration = try RedisConfiguration(url: url)
        configuration.proof = RedisSaleGate.proof
        let client = RedisClient(
            configuration, eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        do throws(RedisError) {
            _ = try await client.meetServers()
            return nil
        } catch {
            return error
        }
    }
}
