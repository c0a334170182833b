// A test's own stores, which may be killed, each behind a proxy that may break the line to it.

import DevStack

/// This machine does not have what a fault needs.
struct MissingProp: Error {
    let why: String
}

struct FaultStage: Sendable {
    /// The fault that the stage is for.
    let fault: StoreFault?
    let postgres: PrivatePostgres
    let redis: PrivateRedis
    let postgresLine: FaultProxy
    let redisLine: FaultProxy
    /// The stores themselves, without the proxies, for the tests' own reads.
    let deployment: Deployment
    let props: Props
    let timeline = Timeline()

    /// Parts that only some faults need.
    struct Props: Sendable {
        /// The disk of the store that will find it full.
        var disk: TightDisk?
        /// The clock of the service whose time will change.
        var clock: SetClock?
        /// The Redis that takes over.
        var replica: PrivateRedis?
    }

    var disk: TightDisk? { props.disk }
    var clock: SetClock? { props.clock }
    var replica: PrivateRedis? { props.replica }

    private static let diskMegabytes = 256
    /// Few enough that other clients take them all in moments, and more than two services use.
    private static let connectionsMax = 60

    /// Lends stores for a fault that `flashsale migrate` has prepared, with no fault yet.
    static func with<Result>(
        _ fault: StoreFault? = nil, _ body: (FaultStage) async throws -> Result
    ) async throws -> Result {
        var props = Props()
        do {
            switch fault {
            case .postgresDiskFull, .redisDiskFull, .serviceLogDiskFull:
                props.disk = try await .mount(megabytes: diskMegabytes)
            case .serviceClock, .serviceClockSteps: props.clock = try SetClock()
            case .redisReplacedEmpty, .redisReplacedStale: props.replica = try await PrivateRedis.start(.ephemeral)
            default: break
            }
            let postgres = try await startPostgres(fault, props)
            let redis = try await startRedis(fault, props)
            try await Deployment.migrate(postgres.url)
            let ledger = try LedgerReader(url: postgres.url)
            let stage = FaultStage(
                fault: fault, postgres: postgres, redis: redis,
                postgresLine: try await FaultProxy.start(to: postgres.port),
                redisLine: try await FaultProxy.start(to: redis.port),
                deployment: Deployment(databaseURL: postgres.url, redisURL: redis.url, ledger: ledger), props: props)
            stage.timeline.note("the stores are up")
            let result: Result
            do {
                result = try await body(stage)
            } catch {
                await stage.strike()
                throw error
            }
            await stage.strike()
            await strike(props)
            return result
        } catch {
            await strike(props)
            throw error
        }
    }

    /// The stores' addresses for the services: through the proxies, wherever those lead.
    var reached: Deployment {
        Deployment(
            databaseURL: deployment.databaseURL.replacing(":\(postgres.port)/", with: ":\(postgresLine.port)/"),
            redisURL: deployment.redisURL.replacing(":\(redis.port)/", with: ":\(redisLine.port)/"),
            ledger: deployment.ledger)
    }

    /// Starts a service for the fault that reaches its stores through the proxies, with further settings if there are
    /// any.
    func serve(_ more: [String: String] = [:]) async throws -> ServeProcess {
        try await reached.serveUnscheduled(settings.merging(more) { $1 }, within: bounds)
    }

    private var bounds: ServiceProcess.Bounds {
        switch fault {
        case .serviceLogDiskFull: ServiceProcess.Bounds(directory: disk?.path)
        case .serviceDescriptors: ServiceProcess.Bounds(filesMax: StoreFault.filesFew)
        default: ServiceProcess.Bounds()
        }
    }

    private var settings: [String: String] {
        var settings: [String: String] = [:]
        // A buyer that gets a 503 at a request's deadline can still pay in time. If the fault causes no 503, holds end
        // sooner, so that they end within a trial.
        if let fault { settings["FLASHSALE_HOLD_SECONDS"] = fault.notice == .unavailable ? "3" : "1" }
        // Here buyers act as a load balancer and need the notice, as in production; for other faults readiness does not
        // matter.
        if fault == .servicesRolled { settings["FLASHSALE_DRAIN_SECONDS"] = "2" }
        if fault == .serviceLogDiskFull { settings["FLASHSALE_LOG_LEVEL"] = "debug" }
        return settings.merging(clock?.environment ?? [:]) { $1 }
    }

    private static func startPostgres(_ fault: StoreFault?, _ props: Props) async throws -> PrivatePostgres {
        var configuration = PrivatePostgres.Configuration.ephemeral
        configuration.connectionsMax = connectionsMax
        if fault == .postgresDiskFull { configuration.place.directory = props.disk.map { $0.path + "/postgres" } }
        return try await PrivatePostgres.start(configuration)
    }

    private static func startRedis(_ fault: StoreFault?, _ props: Props) async throws -> PrivateRedis {
        var configuration = PrivateRedis.Configuration.ephemeral
        configuration.databases = 1
        switch fault {
        case .redisDiskFull:
            configuration.place.directory = props.disk.map { $0.path + "/redis" }
            configuration.durable = true
        case .redisLogReplayed: configuration.durable = true
        case .redisLoading:
            // A millisecond for each key, and a reply to clients after each kilobyte.
            configuration.settings = [
                "enable-debug-command yes", "key-load-delay 1000", "loading-process-events-interval-bytes 1024",
            ]
        default: break
        }
        return try await PrivateRedis.start(configuration)
    }

    /// Stops everything, whatever state it is in.
    private func strike() async {
        await deployment.ledger.close()
        try? await postgresLine.refuse()
        try? await redisLine.refuse()
        await postgres.stop()
        await redis.stop()
    }

    private static func strike(_ props: Props) async {
        await props.replica?.stop()
        await props.disk?.unmount()
        props.clock?.remove()
    }
}
