// A service and the Redis that it is given: refused at start, warned of, or used with few rights.

import Foundation
import Testing

@testable import DevStack

extension SystemTests {
    @Suite("The Redis that a service is given")
    struct RedisTests {
        @Test("A Redis that is too old is refused at start in a sentence")
        func tooOld() async throws {
            let redis = try await TestServers.shared.redisURL()
            let line = try await FaultProxy.start(to: RedisConsole(url: redis).port)
            let info = "redis_version:6.2.14\r\nrun_id:abc\r\nrole:master\r\n"
            try await line.set(.answer("$\(info.utf8.count)\r\n\(info)\r\n"))
            let url = redis.replacing(":\(RedisConsole(url: redis).port)/", with: ":\(line.port)/")
            try await Self.expectRefusal(of: url, ["6.2.14", "7.0"])
            try await line.refuse()
        }

        @Test("A wrong password is refused at start in a sentence that does not repeat it")
        func wrongPassword() async throws {
            let port = RedisConsole(url: try await TestServers.shared.redisURL()).port
            try await Self.expectRefusal(of: "redis://:hunter2@127.0.0.1:\(port)", ["refuses the user or the password"])
        }

        @Test("A user with the documented rights sells and passes the audit; without one of them it is refused by name")
        func fewRights() async throws {
            let redis = try await PrivateRedis.start(.ephemeral)
            let console = RedisConsole(url: redis.url)
            let line = try Self.documentedUser()
            #expect(console.send(line) == "+OK")
            let words = line.split(separator: " ")
            let password = try #require(words.first { $0.hasPrefix(">") }).dropFirst()
            let url = "redis://\(words[2]):\(password)@127.0.0.1:\(redis.port)/0"
            try await Deployment.with(redisURL: url) { deployment in
                let service = try await deployment.serveUnscheduled()
                let sale = try await service.createSale(items: 8)
                let bought = try await Crowd.run(4, ports: [service.port]) {
                    try Shopper($1, in: sale).checkOutAndPurchase(over: $0)
                }
                #expect(bought == Array(repeating: [200, 200], count: 4))
                _ = try await service.ask("POST", "/checkout?user_id=ann&id=ITM-\(sale)-8")
                try await deployment.audit()
                await service.process.stop()
            }
            #expect(console.send("ACL SETUSER \(words[2]) -bitpos") == "+OK")
            try await Self.expectRefusal(of: url, ["lacks the right +bitpos"])
            await redis.stop()
        }

        @Test("Redis that is away or a replica delays no start, and /health says why it is not used")
        func away() async throws {
            let redis = try await PrivateRedis.start(.ephemeral)
            #expect(RedisConsole(url: redis.url).send("REPLICAOF 127.0.0.1 1") == "+OK")
            try await Deployment.with(redisURL: redis.url) { deployment in
                let service = try await deployment.serveUnscheduled()
                let sale = try await service.createSale(items: 1)
                #expect(try await service.ask("POST", "/checkout?user_id=ann&id=ITM-\(sale)-1").status == 200)
                let problem = try await Self.redis(of: service)["problem"]
                #expect(problem == "127.0.0.1:\(redis.port) is a replica and cannot write")
                #expect(RedisConsole(url: redis.url).send("REPLICAOF NO ONE") == "+OK")
                try await until("it is used") { try await Self.redis(of: service)["role"] == "master" }
                await service.process.stop()
            }
            await redis.stop()
        }

        @Test("A Redis that evicts keys is warned of at start and in /health; the API does not show it")
        func evicting() async throws {
            var configuration = PrivateRedis.Configuration.ephemeral
            configuration.settings = ["maxmemory-policy allkeys-lru"]
            let redis = try await PrivateRedis.start(configuration)
            try await Deployment.with(redisURL: redis.url) { deployment in
                let service = try await deployment.serveUnscheduled()
                try await until("it is connected") { try await Self.redis(of: service)["role"] == "master" }
                let facts = try await Self.redis(of: service)
                #expect(facts["maxmemory_policy"] == "allkeys-lru")
                #expect(facts["warning"]?.contains("noeviction") == true)
                #expect(facts["version"]?.contains(#/^(Redis|Valkey) [0-9]/#) == true)
                #expect(try await service.ask("GET", "/health").json["redis"] == nil)
                try await until("the log warns") {
                    service.process.output.split(separator: "\n")
                        .count { $0.contains("maxmemory-policy") && $0.contains("allkeys-lru") } == 1
                }
                await service.process.stop()
            }
            await redis.stop()
        }

        private static func redis(of service: ServeProcess) async throws -> [String: String] {
            let health = try await service.ask("GET", "/health", ofOperations: true)
            return health.json["redis"] as? [String: String] ?? [:]
        }

        private static func expectRefusal(of url: String, _ words: [String]) async throws {
            try await Deployment.with(redisURL: url) { deployment in
                let ports = ["FLASHSALE_HTTP_PORT": "0", "FLASHSALE_OPS_PORT": "0"]
                let process = try ServiceProcess(["serve"], settings: deployment.settings.merging(ports) { $1 })
                try await CommandLineTests.expectComplaint(of: process, ["FLASHSALE_REDIS_URL"] + words)
                #expect(!process.errors.contains("hunter2"))
            }
        }

        /// The line of docs/OPERATING.md.
        private static func documentedUser() throws -> String {
            let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().deletingLastPathComponent()
            let page = try String(contentsOf: root.appending(path: "docs/OPERATING.md"), encoding: .utf8)
            return String(try #require(page.split(separator: "\n").first { $0.hasPrefix("ACL SETUSER ") }))
        }
    }
}
