// The HTTP side as one service: the API's listener, the listener for operations, and how both go down.
//
//     run ──both bound──► serving ──shutdown──► draining ──notice over──► shutting ──API empty──► closing ──► ended
//
// Draining: not ready, every answer says `Connection: close`. After the notice the API's listener is shut. A connection
// that is open has a moment to send the request that it has left, and the request is served: a client that has just got
// a connection is not refused a request. One that waits longer closes, and each request has a deadline, so this ends.
// The operations listener is shut last, so that probes and scrapes see the rest of it.

public import FlashSale
public import Logging
internal import NIOCore
public import NIOPosix
public import ServiceLifecycle
public import Telemetry

/// Serves the API and the operations until a graceful shutdown.
public struct FlashSaleServer: Service {
    /// The ports that were bound, which port 0 leaves open until then.
    public struct BoundPorts: Hashable, Sendable {
        public let api: Int
        public let operations: Int
    }

    private let configuration: HTTPConfiguration
    private let group: MultiThreadedEventLoopGroup
    private let loops: EventLoopWatch
    private let stage = ServiceStage()
    private let api: ConnectionHandler.Environment
    private let operations: ConnectionHandler.Environment
    private let events: LiveEvents
    private let board: HealthBoard
    private let door: AdmissionDoor
    private let lineBounds = LineBounds()
    private let identity: BearerTokens?
    private let logger: Logger
    private let onBound: @Sendable (BoundPorts) async -> Void
    private let onDraining: @Sendable () -> Void

    /// - Parameters:
    ///   - flows: those of home.
    ///   - pods: the others.
    ///   - admission: asked before each flow of a buyer's request.
    ///   - tracer: traces the API's requests; nil traces none.
    ///   - identity: checks who buyers are; nil if a buyer is whoever a request names.
    ///   - tls: of the API's listener; nil if it speaks plain text.
    ///   - live: learns of every request at work.
    ///   - meter: measures the loops of that group; nil sheds nothing for their delay.
    ///   - ledgerPace: how the ledger has kept up since the last call.
    ///   - eventLoopGroup: serves the API; its number of loops is how many threads that takes. The listener for
    ///     operations has a loop of its own besides.
    ///   - onBound: called once both listeners are open.
    ///   - onDraining: called when the shutdown begins.
    public init(
        configuration: HTTPConfiguration, flows: PodFlows, pods: [RemotePod] = [], admission: any Admission,
        operations parts: Operations, instruments: Instruments, tracer: Tracer? = nil, identity: BearerTokens? = nil,
        tls: ListenerTLS? = nil, live: LiveRequests = LiveRequests(), eventLoopGroup: MultiThreadedEventLoopGroup,
        meter: EventLoopMeter? = nil, ledgerPace: @escaping @Sendable () -> LedgerPace = { LedgerPace() },
        logger: Logger, onBound: @escaping @Sendable (BoundPorts) async -> Void = { _ in },
        onDraining: @escaping @Sendable () -> Void = {}
    ) {
        let limits = configuration.limits
        precondition(limits.problems().isEmpty, "the limits of HTTP contradict each other")
        self.configuration = configuration
        self.logger = logger
        self.onBound = onBound
        self.onDraining = onDraining
        group = eventLoopGroup
        let loops = EventLoopWatch(group: eventLoopGroup, instruments: instruments)
        self.loops = loops
        let proxies = TrustedProxies(ranges: configuration.trustedProxies)
        let unbound = configuration.unboundNetworks + configuration.trustedProxies
        let bounds = ListenerBounds(limits: limits, stage: stage, unbound: unbound)
        self.identity = identity
        let operators = OperatorGuard(
            token: configuration.adminToken,
            guesses: Attempts(perSecond: limits.tokenGuessesPerSecond, burst: limits.tokenGuessesBurst),
            identity: identity)
        let table = PodTable(home: flows, others: pods)
        board = HealthBoard(parts, limits: limits, instruments: instruments.health)
        let operationsRoutes = OperationsRoutes(
            parts: parts, board: board, stage: stage, bounds: bounds, startedAt: .now, loops: loops,
            operators: configuration.operations.isLoopback ? nil : operators)
        let console = parts.console.map { [board] console in
            ConsoleRoutes(
                console, flow: SaleRouter(pods: table), rooms: RoomRouter(pods: table), operators: operators,
                health: board, operations: operationsRoutes, instruments: instruments, configuration: configuration)
        }
        events = LiveEvents(
            flow: SaleRouter(pods: table), rooms: RoomRouter(pods: table), limits: limits, bounds: bounds,
            instruments: instruments.live, group: eventLoopGroup)
        let apiRoutes = Self.routes(
            table, admission, identity, operators, events, bounds, configuration, isEncrypted: tls != nil)
        door = AdmissionDoor(
            limits: limits, instruments: instruments.admission, logger: logger,
            loopDelay: { meter?.takeDelay() ?? .zero }, ledgerPace: ledgerPace)
        let observed = configuration.isObserving ? instruments.http : nil
        let slow = limits.slowRequest.wholeNanoseconds
        api = ConnectionHandler.Environment(
            routes: Routes(
                api: apiRoutes, operations: operationsRoutes, servesMetrics: configuration.servesMetricsOnAPI),
            limits: limits, rateFields: limits.rateFields, bounds: bounds, proxies: proxies,
            readsProxyHeaders: configuration.readsProxyHeaders, tls: tls,
            observer: ExchangeObserver(
                instruments: observed, scrapes: instruments.scrape, logger: logger, logRequest: parts.logRequest,
                countsConnections: true, slowThreshold: slow, lineBounds: lineBounds),
            door: door, meter: meter, tracer: tracer, live: live, crossOrigin: CrossOrigin(configuration.origins))
        operations = ConnectionHandler.Environment(
            routes: Routes(api: nil, operations: operationsRoutes, servesMetrics: true, console: console),
            limits: limits, bounds: ListenerBounds(limits: limits.ofOperations, stage: stage, unbound: unbound),
            proxies: proxies,
            observer: ExchangeObserver(
                instruments: observed, scrapes: instruments.scrape, logger: logger, logRequest: parts.logRequest,
                countsConnections: false, slowThreshold: slow, lineBounds: lineBounds),
            tracer: nil, live: live, crossOrigin: nil
        )
        instruments.http.connectionsMax.set(limits.connections)
        let utilization = instruments.http.resourceUtilizationRatio
        instruments.onScrape {
            loops.show()
            utilization.set(Double(bounds.openConnections) / Double(limits.connections), .connections)
        }
    }

    private static func routes(
        _ table: PodTable, _ admission: any Admission, _ identity: BearerTokens?, _ operators: OperatorGuard,
        _ events: LiveEvents, _ bounds: ListenerBounds, _ configuration: HTTPConfiguration, isEncrypted: Bool
    ) -> APIRoutes {
        let (limits, shops) = (configuration.limits, configuration.shops)
        let (carts, sales, rooms) = (CartRouter(pods: table), SaleRouter(pods: table), RoomRouter(pods: table))
        let checkouts = CheckoutRoutes(
            flow: carts, rooms: rooms, limits: limits, admission: admission, identity: identity,
            shops: shops)
        let purchases = PurchaseRoutes(flow: carts, limits: limits, admission: admission, identity: identity)
        let queues = QueueRoutes(
            flow: rooms, limits: limits, admission: admission, identity: identity, bounds: bounds)
        let pages = PageRoutes(
            sales: sales, checkouts: checkouts, purchases: purchases, queues: queues, identity: identity,
            isEncrypted: isEncrypted, shops: shops)
        return APIRoutes(
            checkouts: checkouts, purchases: purchases,
            sales: SaleRoutes(flow: sales, limits: limits, live: events, shops: shops), queues: queues,
            admin: AdminRoutes(flow: sales, operators: operators, limits: limits),
            life: SaleLifeRoutes(flow: sales, operators: operators, limits: limits),
            pages: configuration.showsPage ? pages : nil)
    }

    /// Serves until a graceful shutdown or until the task is cancelled, which ends it in the same way.
    ///
    /// - Throws: `ListenFailure` if an address cannot be listened on.
    public func run() async throws {
        let probing = Task { [board] in await board.keepFresh() }
        let counting = Task { await countLeftOutLines() }
        let ticking = Task { [events] in await events.run() }
        let watching = Task { [tls = api.tls, identity, logger] in
            async let keys: Void? = identity?.run(logger)
            await tls?.run(logger)
            await keys
        }
        defer {
            probing.cancel()
            watching.cancel()
            counting.cancel()
            ticking.cancel()
        }
        let operationsGroup = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let operationsListener = Listener(
            address: configuration.operations, environment: operations, group: operationsGroup)
        let apiListener = Listener(address: configuration.api, environment: api, group: group)
        do {
            let operationsPort = try await operationsListener.open()
            let apiPort = try await apiListener.open()
            loops.start(on: operationsGroup.next())
            door.start(on: operationsGroup.next())
            await onBound(BoundPorts(api: apiPort, operations: operationsPort))
            await untilShutdown()
            stage.enter(.draining)
            onDraining()
            // A task of its own sleeps although this one may have been cancelled.
            await Task { [notice = configuration.limits.drainNotice] in try? await Task.sleep(for: notice) }.value
        } catch {
            await apiListener.close()
            await operationsListener.close()
            try? await operationsGroup.shutdownGracefully()
            throw error
        }
        stage.enter(.shutting)
        await apiListener.close()
        stage.enter(.closing)
        await operationsListener.close()
        try? await operationsGroup.shutdownGracefully()
    }

    /// Says each second how many lines the access log was spared.
    private func countLeftOutLines() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(1))
            for (kind, count) in lineBounds.endSecond() {
                logger.info(
                    "requests left out of the log",
                    metadata: ["component": "http", "reason": .string(kind.name), "count": .stringConvertible(count)])
            }
        }
    }

    private func untilShutdown() async {
        let (shutdown, continuation) = AsyncStream<Void>.makeStream()
        await withGracefulShutdownHandler {
            for await _ in shutdown {}
        } onGracefulShutdown: {
            continuation.finish()
        }
    }
}
