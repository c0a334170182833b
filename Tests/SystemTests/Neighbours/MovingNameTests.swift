// Stores behind names whose addresses change while a service runs.

import Foundation
import Testing

@testable import DevStack

extension SystemTests {
    @Suite("Names that move", .enabled(if: Platform.mayMount, "this user may not mount"))
    struct MovingNameTests {
        @Test("A name is looked up at each connect, that of Postgres and that of Redis")
        func lookup() async throws {
            let redis = try await PrivateRedis.start(.ephemeral)
            let directory = try TestDirectory("hosts")
            defer { directory.remove() }
            let hosts = URL(fileURLWithPath: directory.file("hosts"))
            /// The file stays the same one, for it is mounted.
            func point(to address: String) throws {
                try Data("\(address) ledger.test gate.test\n".utf8).write(to: hosts)
            }
            try point(to: "127.0.0.1")
            try await Deployment.with(redisURL: redis.url) { deployment in
                let settings = deployment.settings.merging([
                    "FLASHSALE_DATABASE_URL": deployment.databaseURL.replacing("127.0.0.1", with: "ledger.test"),
                    "FLASHSALE_REDIS_URL": redis.url.replacing("127.0.0.1", with: "gate.test"), "HOSTS": hosts.path,
                ]) { $1 }
                let service = try await ServeProcess(settings, shell: Self.shell)
                try await until("both are used") { try await Self.health(of: service) == ["UP", "UP"] }
                // Nobody listens there. The old address still would do, if it were remembered.
                try point(to: "127.0.0.9")
                try await Self.breakSessions(of: deployment, redis)
                try await until("neither is found") { try await Self.health(of: service) == ["DOWN", "DOWN"] }
                #expect(try await !service.isReady())
                try point(to: "127.0.0.1")
                try await until("both are found again") { try await Self.health(of: service) == ["UP", "UP"] }
                try await until("it is ready") { try await service.isReady() }
                await service.process.stop()
            }
            await redis.stop()
        }

        /// Starts the program with a file of hosts of its own.
        private static let shell = """
            exec unshare --mount --map-root-user sh -c '
                mount --make-rprivate / && mount --bind "$HOSTS" /etc/hosts && exec "$@"' sh "$@" > "$out" 2> "$err"
            """

        /// Ends the connections of everybody else.
        private static func breakSessions(of deployment: Deployment, _ redis: PrivateRedis) async throws {
            try await deployment.ledger.run(
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()
                """)
            _ = RedisConsole(url: redis.url).send("CLIENT KILL TYPE normal")
        }

        private static func health(of service: ServeProcess) async throws -> [String?] {
            let health = try await service.ask("GET", "/health", ofOperations: true)
            let states = health.json["services_status"] as? [String: String]
            return [states?["database"], states?["redis"]]
        }
    }
}
