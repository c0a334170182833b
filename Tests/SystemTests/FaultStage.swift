// Stores of a test's own that may be killed, each behind a proxy that may break the line to it.

import DevStack

struct FaultStage: Sendable {
    let postgres: PrivatePostgres
    let redis: PrivateRedis
    let postgresLine: FaultProxy
    let redisLine: FaultProxy
    /// The stores themselves, past the proxies: for the audit and for the tests' own reading.
    let deployment: Deployment

    /// Lends stores that `flashsale migrate` has prepared, with no fault.
    static func with<Result>(_ body: (FaultStage) async throws -> Result) async throws -> Result {
        let postgres = try await PrivatePostgres.start(.ephemeral)
        let redis = try await PrivateRedis.start(.ephemeral)
        try await Deployment.migrate(postgres.url)
        let ledger = try LedgerReader(url: postgres.url)
        let stage = FaultStage(
            postgres: postgres, redis: redis, postgresLine: try await FaultProxy.start(to: postgres.port),
            redisLine: try await FaultProxy.start(to: redis.port),
            deployment: Deployment(databaseURL: postgres.url, redisURL: redis.url, ledger: ledger))
        do {
            let result = try await body(stage)
            await stage.strike()
            return result
        } catch {
            await stage.strike()
            throw error
        }
    }

    /// Starts a service that reaches its stores through the proxies, with further settings if there are any.
    func serve(_ more: [String: String] = [:]) async throws -> ServeProcess {
        let lines = [
            "FLASHSALE_DATABASE_URL": deployment.databaseURL.replacing(
                ":\(postgres.port)/", with: ":\(postgresLine.port)/"),
            "FLASHSALE_REDIS_URL": deployment.redisURL.replacing(":\(redis.port)/", with: ":\(redisLine.port)/"),
        ]
        return try await deployment.serveUnscheduled(lines.merging(more) { $1 })
    }

    /// Takes everything down again, whatever state it is in.
    private func strike() async {
        await deployment.ledger.close()
        try? await postgresLine.refuse()
        try? await redisLine.refuse()
        await postgres.stop()
        await redis.stop()
    }
}
