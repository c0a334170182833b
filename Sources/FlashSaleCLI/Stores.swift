// The service's connections to Postgres and Redis, and their metrics.

import FlashSale
import FlashSaleHTTP
import HiredisClient
import LibpqClient
import Logging
import NIOCore
import NIOPosix
import PostgresLedger
import RedisGate
import Telemetry
import TelemetryExport
import Textbook

/// The clients of both stores, instrumented.
struct Stores: Sendable {
    /// Connections for batches. Kept open are one for each kind of batch that may be in flight at once, and one for
    /// each more lane of a sale. With sales of several shops four more may open for each lane: while one is locked, a
    /// batch of each kind and a sweep of it wait, and the other shops need connections.
    private static func writerConnections(_ settings: Settings) -> (min: Int, max: Int) {
        let lanes = settings.defaults.laneCount
        return (2 + lanes, 2 + lanes + (settings.http.shops.all.count > 1 ? 4 * lanes : 0))
    }
    /// Connections for long work: creating a sale, reading a whole one. One stays open, so that a rebuild need not wait
    /// for a new one.
    private static let bulkConnections = 2
    /// How long somebody who looks at the stores, a person or a probe, waits for their answer.
    private static let patience = Duration.milliseconds(500)

    let eventLoops: MultiThreadedEventLoopGroup
    let meter: EventLoopMeter
    let writer: PostgresClient
    let reader: PostgresClient
    let bulk: PostgresClient
    /// For what anybody may look up: a share of the connections for reads, so that junk cannot take them all.
    let lookups: PostgresClient
    /// The health check's own connection: an exhausted pool does not mean that the database is down.
    let probe: PostgresClient
    let durability: DurabilityWatch
    /// Locks the duties while Redis cannot. It does not connect before.
    let dutyLock: PostgresDutyLock
    let redis: RedisClient
    /// Redis for the duties' locks and the probe, over a loop that no crowd of buyers keeps busy.
    let dutyRedis: RedisClient

    /// - Parameter home: whose event loops it shares; nil for its own.
    init(_ settings: Settings, beside home: Stores? = nil, instruments: Instruments, logger: Logger) throws {
        guard let databaseURL = settings.databaseURL?.revealed else {
            throw Failure("\(Setting.databaseURL.variable) is not set; `flashsale dev` brings its own database")
        }
        guard let redisURL = settings.redisURL?.revealed else {
            throw Failure("\(Setting.redisURL.variable) is not set; `flashsale dev` brings its own Redis")
        }
        (eventLoops, meter) =
            home.map { ($0.eventLoops, $0.meter) }
            ?? EventLoopMeter.eventLoops(
                threads: settings.eventLoops, instruments: settings.isObserving ? instruments.runtime : nil)
        let isTracing = settings.export?.traces != nil
        let metrics = PostgresMetricsMiddleware(instruments.database, isTracing: isTracing)
        let slowLog = PostgresSlowLogMiddleware(logger: logger, threshold: settings.slowThreshold)
        var middlewares: [any PostgresMiddleware] = []
        var observe: @Sendable (PostgresClientEvent) -> Void = { _ in }
        if settings.isObserving {
            middlewares = [metrics, slowLog]
            observe = metrics.observe
        }
        let loop = PostgresEventLoop()
        func client(_ adjust: (inout PostgresClientConfiguration) -> Void) throws -> PostgresClient {
            var configuration = PostgresClientConfiguration(url: databaseURL)
            configuration.applicationName = InstanceName.ofSessions
            adjust(&configuration)
            do {
                return try PostgresClient(
                    configuration, eventLoop: loop, middlewares: middlewares, observe: observe)
            } catch {
                throw Failure("\(Setting.databaseURL.variable): \(error.message)")
            }
        }
        writer = try client { configuration in
            (configuration.connectionsMin, configuration.connectionsMax) = Self.writerConnections(settings)
        }
        let lookupConnections = max(1, settings.databaseConnections / 4)
        reader = try client { configuration in
            configuration.connectionsMax = max(1, settings.databaseConnections - lookupConnections)
            configuration.connectionsMin = 1
        }
        lookups = try client { $0.connectionsMax = lookupConnections }
        bulk = try client { configuration in
            configuration.connectionsMax = Self.bulkConnections
            configuration.connectionsMin = 1
            configuration.statementTimeout = .seconds(60)
            configuration.idleInTransactionTimeout = .seconds(10)
        }
        probe = try client { configuration in
            configuration.connectionsMax = 1
            configuration.connectionsMin = 1
        }
        durability = DurabilityWatch(
            client: probe, wish: settings.databaseDurability, beside: home?.durability,
            instruments: instruments.database, logger: logger)
        var session = PostgresClientConfiguration(url: databaseURL)
        session.applicationName = InstanceName.ofSessions
        dutyLock = PostgresDutyLock(session, eventLoop: loop, middlewares: middlewares)
        let observer = RedisMetricsObserver(
            instruments.redis, isTracing: isTracing,
            slowLog: RedisSlowLog(threshold: settings.slowThreshold, logger: logger))
        func redisClient(over group: MultiThreadedEventLoopGroup, _ logger: Logger) throws -> RedisClient {
            try Self.redisClient(redisURL, over: group, settings.isObserving ? observer : nil, logger)
        }
        redis = try redisClient(over: eventLoops, logger)
        // It would repeat what the other one logs.
        let silent = Logger(label: "flashsale.duties") { _ in SwiftLogNoOpLogHandler() }
        dutyRedis = try redisClient(over: MultiThreadedEventLoopGroup(numberOfThreads: 1), silent)
    }

    private static func redisClient(
        _ url: String, over group: MultiThreadedEventLoopGroup, _ observer: RedisMetricsObserver?, _ logger: Logger
    ) throws -> RedisClient {
        do {
            var configuration = try RedisConfiguration(url: url)
            configuration.proof = RedisSaleGate.proof
            return RedisClient(configuration, eventLoopGroup: group, observer: observer, logger: logger)
        } catch {
            throw Failure("\(Setting.redisURL.variable): \(error.message)")
        }
    }

    /// Which ledger the database holds.
    var identity: LedgerIdentity { LedgerIdentity(client: probe) }

    /// Whether the database answers, and still holds this ledger. Behind the same address there may be another one: a
    /// backup that was restored, or a name that has moved. Its sales would not fit what the gate and the caches know.
    func databaseHolds(_ ledger: LedgerID) async -> Bool {
        guard (try? await identity.read(deadline: .now + Self.patience)) == ledger else { return false }
        return await durability.isAsWished()
    }

    /// Who is connected to the ledger's server.
    var sessions: LedgerSessions { LedgerSessions(client: probe, within: Self.patience) }

    /// A line for each replica that streams from the database.
    func replicas(_ logger: Logger) async -> [String] {
        let replicas = await logger.attempt("replicas") { try await sessions.replicas() } ?? []
        return replicas.map { replica in
            let lag = replica.lagMilliseconds.map { "\($0) ms behind" } ?? "lag unknown"
            return "replica \(replica.name): \(replica.state ?? "unknown"), \(lag)"
        }.sorted()
    }

    /// Whether Redis lets the gate do its work now.
    func redisServes() async -> Bool {
        (try? await dutyRedis.prove(within: Self.patience)) != nil
    }

    /// Which Redis is used, or why none is, by names. Of a cluster it names each master.
    var redisFacts: [(name: String, value: String)] {
        switch redis.connectedServers {
        case .success(let servers):
            func all(_ facts: [String]) -> String { Set(facts).sorted().joined(separator: ", ") }
            let facts = [
                ("address", all(servers.map { "\($0.address)" })), ("role", "master"),
                ("version", all(servers.map(\.program))), ("maxmemory_policy", all(servers.map(\.evictionPolicy))),
            ]
            guard servers.contains(where: \.evictsKeys) else { return facts }
            return facts + [("warning", "it evicts keys when its memory is full; set maxmemory-policy to noeviction")]
        case .failure(let error): return [("problem", error.message)]
        }
    }

    /// What goes on beside the server: its name, and what runs until its task is cancelled.
    typealias Loop = (name: String, run: @Sendable () async -> Void)

    /// The loops of the clients, by what they are called.
    var loops: [Loop] {
        var loops: [Loop] = []
        for (name, client) in [
            ("writer", writer), ("reader", reader), ("bulk", bulk), ("lookups", lookups), ("probe", probe),
        ] {
            loops.append(("postgres \(name)", { await client.run() }))
        }
        loops.append(("redis of duties", { [dutyRedis] in await dutyRedis.run() }))
        return loops
    }

    /// Sets the gauges of all pods' clients for a scrape. It waits for nothing.
    static func show(_ all: [Stores], in instruments: Instruments) {
        let pools = all.flatMap { [$0.writer, $0.reader, $0.bulk, $0.lookups, $0.probe] }.map(\.poolState)
        let database = instruments.database
        database.connectionsActive.set(pools.reduce(0) { $0 + $1.active })
        database.connectionsIdle.set(pools.reduce(0) { $0 + $1.idle })
        database.connectionsMax.set(pools.reduce(0) { $0 + $1.max })
        database.poolWaiters.set(pools.reduce(0) { $0 + $1.waiters })
        database.preparedStatements.set(pools.reduce(0) { $0 + $1.preparedStatements })
        let clients = all.flatMap { [$0.redis.usage, $0.dutyRedis.usage] }
        let usage = clients.dropFirst().reduce(clients[0]) { $0 + $1 }
        usage.show(on: instruments.redis)
        let utilization = instruments.http.resourceUtilizationRatio
        utilization.set(
            Double(database.connectionsActive.value) / Double(max(1, database.connectionsMax.value)), .databasePool)
        // A connection takes many commands at once; the room in its queue is what can run out.
        utilization.set(Double(usage.commandsQueued) / Double(usage.commandsMax), .redisPool)
    }
}

extension Logger {
    /// What is read for somebody who looks; nil, and a line that says why, if it cannot be read.
    func attempt<Value>(_ what: String, _ read: () async throws -> Value) async -> Value? {
        do {
            return try await read()
        } catch {
            notice("\(what) cannot be read", error: error)
            return nil
        }
    }
}
