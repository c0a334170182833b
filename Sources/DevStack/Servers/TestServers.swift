// The servers that all tests of a process share, because it takes a second to make a Postgres and a few milliseconds to
// make a database. Each test gets its own database in both stores, so that all tests can run in parallel.
//
// Tests that break a server start their own with `PrivatePostgres.start(.ephemeral)`.

/// One Postgres, one Redis and one Redis Cluster for all tests of this process, started when the first test asks.
///
/// They end with the process.
public actor TestServers {
    public static let shared = TestServers()

    private var postgres: Task<PrivatePostgres, any Error>?
    private var redis: Task<PrivateRedis, any Error>?
    private var cluster: Task<PrivateRedisCluster, any Error>?
    private var templates: [String: Task<Void, any Error>] = [:]
    /// The next database of each template that was asked for twice. It is made while a test uses the one before.
    private var ready: [String: Task<Database, any Error>] = [:]
    private var lent: Set<String> = []
    private var databases = 0
    private var redisDatabases = 0

    private struct Database {
        let name: String
        let url: String
    }

    private init() {}

    /// Lends a Postgres database that is dropped afterwards, while the caller goes on.
    ///
    /// - Parameters:
    ///   - template: names what `prepare` does; databases of one template are copies of one another.
    ///   - prepare: migrates the template, once in this process, and closes its connections.
    ///   - body: receives the URL of the copy.
    public nonisolated func withDatabase<Result: Sendable>(
        template: String, prepare: @escaping @Sendable (_ url: String) async throws -> Void,
        _ body: (_ url: String) async throws -> Result
    ) async throws -> Result {
        let server = try await sharedPostgres()
        try await makeTemplate(template, prepare, on: server)
        return try await lend(server, template: "template_" + template, body)
    }

    /// Lends an empty Postgres database that is dropped afterwards.
    public nonisolated func withDatabase<Result: Sendable>(
        _ body: (_ url: String) async throws -> Result
    ) async throws -> Result {
        try await lend(sharedPostgres(), template: "template0", body)
    }

    /// The URL of a Redis database that no other test of this process uses.
    ///
    /// FLUSHDB and SCRIPT FLUSH are fine there. A test that needs FLUSHALL, SHUTDOWN or CONFIG starts its own server.
    public func redisURL() async throws -> String {
        let server = try await sharedRedis()
        precondition(
            redisDatabases < PrivateRedis.Configuration.ephemeralDatabases, "more tests than Redis has databases")
        defer { redisDatabases += 1 }
        return server.url(of: redisDatabases)
    }

    /// A Redis Cluster. Every test has sales or keys of its own there, and whoever breaks a node or moves a slot waits
    /// until the cluster is whole again.
    public func redisCluster() async throws -> PrivateRedisCluster {
        let task = cluster ?? Task { try await PrivateRedisCluster.start() }
        cluster = task
        return try await task.value
    }

    private nonisolated func lend<Result: Sendable>(
        _ server: PrivatePostgres, template: String, _ body: (String) async throws -> Result
    ) async throws -> Result {
        let database = try await next(of: template, on: server).value
        // A database that cannot be dropped ends with the server.
        defer { Task { try? await server.dropDatabase(database.name) } }
        return try await body(database.url)
    }

    private func next(of template: String, on server: PrivatePostgres) -> Task<Database, any Error> {
        let task = ready[template] ?? make(template, on: server)
        let isWantedAgain = !lent.insert(template).inserted
        ready[template] = isWantedAgain ? make(template, on: server) : nil
        return task
    }

    private func make(_ template: String, on server: PrivatePostgres) -> Task<Database, any Error> {
        databases += 1
        let name = "test_\(databases)"
        return Task { Database(name: name, url: try await server.createDatabase(name, template: template)) }
    }

    private func makeTemplate(
        _ name: String, _ prepare: @escaping @Sendable (String) async throws -> Void, on server: PrivatePostgres
    ) async throws {
        let task =
            templates[name]
            ?? Task {
                let url = try await server.createDatabase("template_" + name)
                try await prepare(url)
            }
        templates[name] = task
        try await task.value
    }

    private func sharedPostgres() async throws -> PrivatePostgres {
        let task =
            postgres
            ?? Task {
                var configuration = PrivatePostgres.Configuration.ephemeral
                configuration.connectionsMax = 300
                return try await PrivatePostgres.start(configuration)
            }
        postgres = task
        return try await task.value
    }

    private func sharedRedis() async throws -> PrivateRedis {
        let task = redis ?? Task { try await PrivateRedis.start(.ephemeral) }
        redis = task
        return try await task.value
    }
}
