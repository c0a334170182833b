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
    let settings: Settings
    let telemetry: TelemetryService
    private let supervisor: Supervisor?
    let documents: DocumentFolder?
    let stores: Stores
    let ledger: LedgerID
    let parts: Parts
    let pods: [Pod]
    let registry: InstanceBoard
    let tasks: LiveTasks
    let memory = ProcessMemory()
    let profiles: Profiles
    private let export: CollectorExport?
    private let tracer: Tracer?
    private let identity: BearerTokens?
    private let tls: ListenerTLS?
    let logger: Logger

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
        ledger = try await checks.run(for: .home, isAlone: settings.pods.isEmpty)
        let (records, instruments, tracer, logger) = (SaleRecords(), telemetry.instruments, tracer, logger)
        parts = try Parts(
            settings, .home, stores: stores, ledger: ledger, records: records, instruments: instruments,
            tracer: tracer, logger: logger)
        pods = try settings.pods.map { [stores, settings] id in
            try Pod(id, settings, beside: stores, instruments: instruments, logger: logger) { stores, ledger in
                try Parts(
                    settings, id, stores: stores, ledger: ledger, records: records, instruments: instruments,
                    tracer: tracer, logger: logger)
            }
        }
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
        instruments.onScrape { [stores, parts, pods, tasks, memory] in
            Stores.show([stores] + pods.map(\.stores), in: instruments)
            memory.show(in: instruments, liveTasks: tasks.count)
            let all = [parts] + pods.compactMap(\.parts)
            SaleWatch.show(all.map(\.watch))
            RoomFlow.setGauges(of: all.map(\.flows.room))
        }
        let server = FlashSaleServer(
            configuration: settings.http, flows: parts.flows, pods: pods.map(\.remote), admission: admission,
            operations: operations(), instruments: instruments, tracer: tracer, identity: identity, tls: tls,
            live: tasks.requests, eventLoopGroup: stores.eventLoops, meter: stores.meter, ledgerPace: ledgerPace,
            logger: Logger(label: "flashsale.http"), onBound: announcing(before: onBound),
            onDraining: { [supervisor] in supervisor?.stopping("draining") })
        var services: [any Service] = [telemetry]
        if let supervisor {
            services.append(
                background("signs of life") { [stores] in await supervisor.giveSignsOfLife(of: stores.eventLoops) })
        }
        if let export { services.append(export) }
        services += (stores.loops + parts.loops(over: stores, amongPods: !pods.isEmpty)).map {
            background($0.name, $0.run)
        }
        services.append(background("registry") { [registry] in await registry.run() })
        services += pods.map { pod in background("pod \(pod.remote.id)") { await pod.run() } }
        if !pods.isEmpty {
            let repair = PlacementRepair(
                of: { [parts, pods] in ([parts] + pods.compactMap(\.parts)).map(\.placements) }, logger: logger)
            services.append(background("placement repair", repair.run))
        }
        if !ends.contains(.sighup) {
            services.append(
                background("hangups") { [telemetry, settings] in
                    await Self.obeyHangups(telemetry.logControl, usual: settings.log.level)
                })
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
        for parts in [parts] + pods.compactMap(\.parts) { await parts.afterwards.drain() }
        logger.notice("stopped")
        telemetry.shutdown()
    }

    /// The rates of buyers, and the rules of the waiting rooms after them.
    private var admission: any Admission {
        let limits = settings.http.limits
        return Admissions(
            [
                BuyerRates(perSecond: limits.buyerRequestsPerSecond, burst: limits.buyerRequestsBurst),
                parts.admission,
            ] + (pods.isEmpty ? [] : [PodRooms(pods: pods)]))
    }

    /// That of the slowest ledger, among those that are there: one that is away sheds nobody who wants another.
    private var ledgerPace: @Sendable () -> LedgerPace {
        { [parts, pods] in
            let others = pods.filter { !$0.isAway }.compactMap { $0.parts?.ledgerPace() }
            return others.reduce(parts.ledgerPace()) { $0.slower(with: $1) }
        }
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
                failuresPerSecond: http.limits.tokenFailuresPerSecond, signsAnybodyIn: http.signsAnybodyIn)
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
