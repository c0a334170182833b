// What the service asks of its stores before it starts. Each refusal is one sentence.

import FlashSale
import HiredisClient
import LibpqClient
import Logging
import PostgresLedger
import Telemetry

/// The questions of a start.
struct StartChecks: Sendable {
    /// How long a start goes on asking a slow database.
    private static let patience = Duration.seconds(30)

    let stores: Stores
    let wish: DatabaseDurability.Wish
    let logger: Logger

    /// Asks them all.
    ///
    /// - Parameter isAlone: whether the settings name no other pod.
    /// - Returns: which ledger the database holds.
    func run(for pod: PodID, isAlone: Bool = false) async throws -> LedgerID {
        try await patiently { try await checkSessions() }
        try await patiently { try await checkSchema() }
        try await patiently { try await check(pod, isAlone: isAlone) }
        try await patiently { try await checkCommits() }
        try await checkRedis()
        return try await patiently { try await stores.identity.read(deadline: .now + .seconds(5)) }
    }

    /// A start may take longer than a request. If the database is there but slow, as when all parts start at once, the
    /// service asks again. If it is not there, the start ends.
    func patiently<Answer>(_ step: () async throws -> Answer) async throws -> Answer {
        let end = ContinuousClock.now + Self.patience
        while true {
            do {
                return try await step()
            } catch  where Self.isOfConnections(error) {
                throw Failure(
                    "the database allows this service too few connections: raise the CONNECTION LIMIT of its role or of"
                        + " its database, or max_connections (\(error))")
            } catch  where Self.isSlowness(error) && ContinuousClock.now < end {
                logger.warning("the database is slow", error: error)
            } catch let failure as Failure {
                throw failure
            } catch  where Self.isSlowness(error) {
                throw Failure(
                    "the database did not answer in \(Self.patience): it is too slow, or a pooler before it has too few"
                        + " connections (\(error))")
            } catch {
                throw Failure("the database cannot be reached: \(error)")
            }
        }
    }

    private static func isSlowness(_ error: any Error) -> Bool {
        (error as? LedgerFailure)?.reason == .timeout || postgresError(in: error)?.code == .deadlineExceeded
    }

    /// Whether Postgres refused a session because there are as many as there may be.
    private static func isOfConnections(_ error: any Error) -> Bool { postgresError(in: error)?.sqlState == "53300" }

    private static func postgresError(in error: any Error) -> PostgresError? {
        switch error {
        case let failure as LedgerFailure: failure.underlying as? PostgresError
        case let error as MigrationError: error.underlying as? PostgresError
        default: error as? PostgresError
        }
    }

    /// Refuses a pooler that does not lend whole sessions: the service sets, prepares and locks in its own.
    private func checkSessions() async throws {
        guard try await !LedgerSessions(client: stores.bulk, within: .seconds(5)).areShared() else {
            throw Failure(
                "the pooler between here and Postgres gives one connection several sessions of the server: set"
                    + " pool_mode = session for this database in pgbouncer, or name Postgres itself in"
                    + " \(Setting.databaseURL.variable)")
        }
    }

    /// Refuses a database whose schema is not this program's.
    private func checkSchema() async throws {
        let state = try await Migrator(client: stores.bulk, logger: logger).report().state
        guard state == .current else { throw Failure("\(state)") }
    }

    /// Refuses the ledger of another pod: its sales have other numbers, and its shops are others. And refuses home
    /// alone once a shop has left it: whoever holds something of that shop would hear that there is no such thing.
    private func check(_ pod: PodID, isAlone: Bool) async throws {
        let known = try await PostgresShopPlacements(client: stores.bulk).known()
        guard known.pod == pod else { throw Failure("the ledger is that of pod \(known.pod), and not of pod \(pod)") }
        let gone = known.moved.values.filter { $0.pod != pod }.min { "\($0.shop)" < "\($1.shop)" }
        guard isAlone, let gone else { return }
        throw Failure("the shop \(gone.shop) is in pod \(gone.pod), and \(Setting.pods.variable) is not set")
    }

    /// Refuses a database that could lose what it acknowledged, in the way that the operator rules out.
    private func checkCommits() async throws {
        let durability = try await DatabaseDurability(over: stores.writer, within: .seconds(5))
        if let refusal = durability.refusal(of: wish) { throw Failure(refusal) }
        for warning in durability.warnings {
            logger.warning("the database is not durable", metadata: ["why": "\(warning)"])
        }
    }

    /// Refuses a Redis that no wait would cure: it is too old, or does not let this service in. Without Redis the sale
    /// goes on through Postgres, so one that is away or busy delays no start.
    private func checkRedis() async throws {
        do throws(RedisError) {
            _ = try await stores.redis.meetServers()
        } catch  where error.code == .configuration {
            throw Failure("\(Setting.redisURL.variable): \(error.message)")
        } catch {
            logger.warning("starting without redis", metadata: ["why": "\(error.message)"])
        }
    }
}
