// Puts the parts of the service together, in the order in which they start: telemetry first, the server last.

import Discovery
import FlashSale
import FlashSaleHTTP
import Foundation
import HiredisClient
import LibpqClient
import Logging
import NIOPosix
import PostgresLedger
import RedisGate
import ServiceLifecycle
import Telemetry
import TelemetryExport
import Textbook
import UnixSignals
import WaitingRoom

/// The service, put together over a ledger that it has asked, and not yet running.
struct Assembly {
    private let settings: Settings
    private let telemetry: TelemetryService
    private let supervisor: Supervisor?
    private let documents: DocumentFolder?
    private let stores: Stores
    private let ledger: LedgerID
    private let parts: Parts
    private let registry: InstanceBoard
    private let tasks: LiveTasks
    private let memory = ProcessMemory()
    private let profiles: Profiles
    private let export: CollectorExport?
    private let tracer: Tracer?
    private let identity: BearerTokens?
    private let tls: ListenerTLS?
    private let logger: Logger

    /// - Throws: `Failure` if a necessary setting is missing or wrong, or if the database is not what it must be.
    init(
        _ settings: Settings, telemetry: TelemetryService, supervisor: Supervisor? = nil,
        documents: DocumentFolder? = nil
    ) async throws {
        let budget = DescriptorBudget.raised()
        guard let connections = budget.connections(atMost: settings.http.limits.connections) else {
            throw Failure("\(budget.files) open files are too few to serve: raise `ulimit -n`")
        }
        identity = try Self.identity(settings.http)
        tls = try Self.tls(settings)
        var settings = settings
        settings.http.limits.connections = connections
        self.settings = settings
        self.telemetry = telemetry
        self.supervisor = supervisor
        self.documents = documents
        logger = Logger(label: "flashsale")
        tasks = LiveTasks(telemetry.instruments)
        profiles = Profiles(
            instruments: telemetry.instruments.profile,
            arguments: CommandLineMask(secretFlags: Set(Setting.all.filter(\.isSecret).map(\.flag)))
                .apply(to: CommandLine.arguments),
            continuous: settings.continuousProfiles, tasks: { [tasks] in tasks.table })
        stores = try Stores(settings, instruments: telemetry.instruments, logger: logger)
        (export, tracer) = Self.export(settings, telemetry: telemetry, logger: logger)
        let checks = StartChecks(stores: stores, wish: settings.databaseDurability, logger: logger)
        ledger = try await checks.run()
        parts = try Parts(
            settings, stores: stores, ledger: ledger, instruments: telemetry.instruments, tracer: tracer, logger: logger
        )
        registry = InstanceBoard(settings.registry, stores: stores, logger: logger)
        // The board must know the ledger's clock before the first request.
        try await checks.patiently { _ = try await parts.board.refresh() }
    }

    /// Runs until one of the signals, then drains.
    ///
    /// - Parameter ends: the signals that end it. If SIGHUP is not among them, it changes the log's level.
    func run(endsBy ends: [UnixSignal], onBound: @escaping @Sendable (FlashSaleServer.BoundPorts) async -> Void)
        async throws
    {
        let instruments = telemetry.instruments
        instruments.onScrape { [stores, parts, tasks, memory] in
            stores.show(in: instruments)
            memory.show(in: instruments, liveTasks: tasks.count)
            parts.watch.show()
            parts.flows.room.show()
        }
        let server = FlashSaleServer(
            configuration: settings.http, flows: parts.flows, admission: parts.admission, operations: operations(),
            instruments: instruments, tracer: tracer, identity: identity, tls: tls, live: tasks.requests,
            eventLoopGroup: stores.eventLoops, meter: stores.meter, ledgerDelay: parts.ledgerDelay,
            logger: Logger(label: "flashsale.http"), onBound: announcing(before: onBound),
            onDraining: { [supervisor] in supervisor?.stopping("draining") })
        var services: [any Service] = [telemetry]
        if let supervisor {
            services.append(
                background("signs of life") { [stores] in await supervisor.giveSignsOfLife(of: stores.eventLoops) })
        }
        if let export { services.append(export) }
        services += [
            background("postgres writer") { [stores] in await stores.writer.run() },
            background("postgres reader") { [stores] in await stores.reader.run() },
            background("postgres bulk") { [stores] in await stores.bulk.run() },
            background("postgres lookups") { [stores] in await stores.lookups.run() },
            background("postgres probe") { [stores] in await stores.probe.run() },
            background("redis") { [stores, parts] in
                await stores.redis.run { parts.afterwards.run(.gateRebuild) { await parts.watch.loadGate() } }
            },
            background("redis of duties") { [stores] in await stores.dutyRedis.run() },
            background("sale watch") { [parts] in await parts.watch.run() },
            background("registry") { [registry] in await registry.run() },
            background("room watch") { [parts] in await parts.flows.room.book.run() },
        ]
        if !ends.contains(.sighup) {
            services.append(
                background("hangups") { [telemetry, settings] in
                    await Self.obeyHangups(telemetry.logControl, usual: settings.log.level)
                })
        }
        services += parts.duties.map { duty in
            background(duty.name) { [stores] in
                // Without Redis the duties lock in Postgres. They wait a moment for the first connection to Redis.
                try? await stores.dutyRedis.waitUntilConnected(within: .seconds(1))
                await duty.run()
            }
        }
        services.append(server)
        // A running profile must not delay the end of the server, so the profiles hear of the shutdown first.
        services.append(profiles)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services.map { ServiceGroupConfiguration.ServiceConfiguration(service: $0) },
                gracefulShutdownSignals: ends, logger: logger))
        logger.notice("starting", metadata: settings.redacted)
        if identity == nil { logger.warning("identity is off: whoever knows a buyer's name or code is that buyer") }
        do {
            try await group.run()
        } catch let failure as ListenFailure {
            throw Failure(failure.description)
        }
        await parts.afterwards.drain()
        logger.notice("stopped")
        telemetry.shutdown()
    }

    /// Others hear of this instance once it listens.
    private func announcing(
        before onBound: @escaping @Sendable (FlashSaleServer.BoundPorts) async -> Void
    ) -> @Sendable (FlashSaleServer.BoundPorts) async -> Void {
        { [registry, settings, logger] ports in
            registry.announce(settings, ports: ports, logger: logger)
            await onBound(ports)
        }
    }

    private func background(
        _ name: String, _ body: @escaping @Sendable () async -> Void
    ) -> BackgroundService {
        BackgroundService(name: name, tasks: tasks, body: body)
    }

    /// SIGHUP sets the log to debug, and the next SIGHUP to its usual level.
    private static func obeyHangups(_ control: LogControl, usual: Logger.Level) async {
        for await _ in await UnixSignalsSequence(trapping: .sighup) {
            control.level = control.level == usual ? .debug : usual
        }
    }

    private static func identity(_ http: HTTPConfiguration) throws -> BearerTokens? {
        guard http.identity == .required else { return nil }
        do throws(FileProblem) {
            return try BearerTokens(
                keys: http.identityKeys, secret: http.identitySecret, rules: http.tokenRules,
                failuresPerSecond: http.limits.tokenFailuresPerSecond)
        } catch {
            throw Failure("FLASHSALE_IDENTITY_KEYS: \(error)")
        }
    }

    private static func tls(_ settings: Settings) throws -> ListenerTLS? {
        guard let certificate = settings.http.tlsCertificate, let key = settings.http.tlsKey else { return nil }
        do throws(FileProblem) {
            return try ListenerTLS(certificate: certificate, key: key)
        } catch {
            throw Failure("FLASHSALE_HTTP_TLS_CERTIFICATE and FLASHSALE_HTTP_TLS_KEY: \(error)")
        }
    }

    /// The export to a collector and the tracer; nil if the environment does not ask for them.
    private static func export(
        _ settings: Settings, telemetry: TelemetryService, logger: Logger
    ) -> (CollectorExport?, Tracer?) {
        guard var export = settings.export else { return (nil, nil) }
        export.resource.peers[.postgres] = settings.databaseURL.flatMap {
            PeerAddress(databaseURL: $0.revealed)
        }
        // Sentinels and clusters may name another server at any time.
        if let redis = settings.redisURL.flatMap({ try? RedisConfiguration(url: $0.revealed) }),
            case .server(.tcp(let host, let port)) = redis.location
        {
            export.resource.peers[.redis] = PeerAddress(host: host, port: port, namespace: String(redis.database))
        }
        let exporter = telemetry.collectorExport(export, logger: logger)
        guard export.traces != nil else { return (exporter, nil) }
        let tracer = Tracer(
            sampler: export.sampler, slow: export.slow, instruments: telemetry.instruments.tracing
        ) { trace in
            exporter.export(trace)
        }
        TelemetryBootstrap.traceLibraries(with: tracer)
        return (exporter, tracer)
    }

    /// Waits until buyers can check out: a sale is on and the gate is loaded with it, which takes the scheduler and the
    /// rebuild a moment after the start.
    ///
    /// - Returns: false if that is not so by the deadline, or nobody opens a sale by schedule.
    func saleIsOpen(before deadline: ContinuousClock.Instant) async -> Bool {
        guard settings.isScheduling else { return false }
        return await cancelWhenGracefulShutdown { [parts] in
            while !Task.isCancelled, deadline > .now {
                if await parts.isSelling() { return true }
                try? await Task.sleep(for: .milliseconds(50))
            }
            return false
        }
    }

    private func operations() -> Operations {
        let (stores, ledger) = (stores, ledger)
        let (board, scheduled) = (parts.board, settings.isScheduling ? settings.http.shops.all : [])
        let migrator = Migrator(client: stores.probe, logger: logger)
        let (metrics, profiles, tasks, memory) = (telemetry.metrics, profiles, tasks, memory)
        let disks = DiskSpace(directories: [settings.continuousProfiles?.directory].compactMap(\.self))
        return Operations(
            probes: [
                HealthProbe(.app) { true },
                HealthProbe(.database) { await stores.databaseHolds(ledger) },
                HealthProbe(.redis) { await stores.redisServes() },
                // A database that cannot say is the database's trouble, not the migrations'.
                HealthProbe(.migrations) { (try? await migrator.report())?.state.isServed ?? true },
                HealthProbe(.scheduler) {
                    scheduled.allSatisfy { board.active(in: $0) != nil || board.next(in: $0) != nil }
                },
            ],
            process: { memory.status(liveTasks: tasks.count) },
            isDiskFull: { disks.isFull },
            replicas: { await stores.replicas() },
            redis: { stores.redisFacts },
            registry: { [registry] in registry.list() },
            exposition: { scrape in
                let answer = metrics.answer(
                    accept: scrape.accept, acceptEncoding: scrape.acceptEncoding, names: scrape.names)
                return answer.map {
                    Exposition(contentType: $0.contentType, contentEncoding: $0.contentEncoding, body: $0.body)
                }
            },
            profile: { request in
                let answer = await profiles.answer(
                    ProfileQuery(name: request.name, query: request.query, posted: request.posted))
                return DebugAnswer(
                    status: answer.status, contentType: answer.contentType, fileName: answer.fileName,
                    body: answer.body)
            },
            logLevel: { [control = telemetry.logControl] name in
                if let name {
                    guard let level = Logger.Level(rawValue: name) else { return nil }
                    control.level = level
                }
                return control.level.rawValue
            },
            logRequest: { [telemetry] mustBeKept, line in telemetry.logRequest(mustBeKept: mustBeKept, line) },
            console: ConsoleParts(
                settings,
                company: Company(
                    stores: stores, dutyLock: parts.dutyLock, registry: registry,
                    hasWebhook: settings.webhook.address != nil)),
            documents: documents)
    }
}

/// A loop that runs beside the server and ends with it.
struct BackgroundService: Service {
    let name: String
    let tasks: LiveTasks
    let body: @Sendable () async -> Void

    func run() async {
        await cancelWhenGracefulShutdown { await tasks.run(name, body) }
    }
}

extension PeerAddress {
    /// Reads the parts of the database's URL that are no secret: host, port and database.
    fileprivate init?(databaseURL url: String) {
        guard let parts = URLComponents(string: url), let host = parts.host, !host.isEmpty else { return nil }
        let database = String(parts.path.drop { $0 == "/" })
        self.init(host: host, port: parts.port ?? 5_432, namespace: "\(database)|public")
    }
}
