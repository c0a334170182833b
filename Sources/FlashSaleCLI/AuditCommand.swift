// `flashsale audit`: checks from the stores alone that nothing happened which must never happen.

import ArgumentParser
import Audit
import HiredisClient
import LibpqClient
import Logging
import NIOPosix

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Check the invariants of all sales, or one, and exit with 1 on any breach.",
        discussion: Setting.discussion)

    @Option(help: "Only this sale.")
    var sale: Int32?

    @Argument(parsing: .allUnrecognized, help: ArgumentHelp("Settings as flags.", visibility: .hidden))
    var settings: [String] = []

    func run() async throws {
        let settings = try await Settings.read(arguments: settings)
        guard let url = settings.databaseURL else {
            throw Failure("\(Setting.databaseURL.variable) is not set")
        }
        var configuration = PostgresClientConfiguration(url: url)
        configuration.statementTimeout = .seconds(600)
        let postgres = try PostgresClient(configuration)
        let report = try await withRedis(settings) { redis in
            try await Auditor(postgres: postgres, redis: redis).audit(sale: sale)
        }
        await postgres.shutdown()
        print(report.table)
        if !report.isClean { throw ExitCode(1) }
    }

    private func withRedis<Result: Sendable>(
        _ settings: Settings, _ body: @Sendable (RedisClient?) async throws -> Result
    ) async throws -> Result {
        guard let url = settings.redisURL else { return try await body(nil) }
        let redis = RedisClient(
            try RedisConfiguration(url: url), eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: Logger(label: "flashsale.audit"))
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await redis.run() }
            defer { group.cancelAll() }
            return try await body(redis)
        }
    }
}
