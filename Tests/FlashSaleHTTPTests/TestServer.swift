// A whole server on free ports, over scripted stores, for as long as a test needs it.

import Discovery
import FlashSale
import FlashSaleHTTP
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization
import Telemetry
import Textbook
import WaitingRoom

struct TestServer: Sendable {
    static let token = "a-secret-of-the-tests"

    let ports: FlashSaleServer.BoundPorts
    let stores: ScriptedStores
    let instruments: Instruments
    let logs: LogRecorder
    /// The loop of the API.
    let apiLoop: any EventLoop

    /// The settings that a test may change.
    struct Setup: Sendable {
        var script = ScriptedStores.Script()
        var limits = HTTPLimits()
        /// Nil for the rates of the limits and the waiting room.
        var admission: (any Admission)?
        var probes: [HealthProbe] = [.database, .redis, .migrations].map { HealthProbe($0) { true } }
        var isDiskFull: @Sendable () async -> Bool = { false }
        var replicas: [String] = []
        var redis: [(name: String, value: String)] = []
        var pods: [(id: PodID, isAway: Bool)] = []
        var registry = InstanceList()
        var documents: DocumentFolder?
        var servesMetricsOnAPI = false
        var isObserving = true
        var isAlive = true
        /// Answers with the wishes of the scraper.
        var exposition: @Sendable (ScrapeRequest) -> Exposition? = { scrape in
            let text = "\(scrape.accept ?? "-") \(scrape.acceptEncoding ?? "-") \(scrape.names.sorted())\n"
            return Exposition(contentType: "text/plain; version=0.0.4", body: Array(text.utf8))
        }
        /// Answers with the request for a page.
        var profile: @Sendable (DebugRequest) async -> DebugAnswer = { request in
            let body = request.posted.map { "<\(String(decoding: $0, as: UTF8.self))>" } ?? ""
            return DebugAnswer(
                status: 200, contentType: "text/x-echo", fileName: "echo",
                body: Array("\(request.name)\(request.query.isEmpty ? "" : "?")\(request.query)\(body)".utf8))
        }
        /// Nil for no console.
        var console: ConsoleParts?
        /// Whether the log also keeps lines that it may skip.
        var keepsAllRequestLines = true
        var apiPort = 0
        var live = LiveRequests()
        var tls: ListenerTLS?
        var identity: BearerTokens?
        var ledgerPace: @Sendable () -> LedgerPace = { LedgerPace() }
        /// Whether the API's loop is measured: then it may shed for its delay.
        var measuresLoop = false
        var tracer: @Sendable (TracingInstruments) -> Tracer? = { _ in nil }

        var configure: @Sendable (inout HTTPConfiguration) -> Void = { _ in }

        var configuration: HTTPConfiguration {
            var configuration = HTTPConfiguration()
            configuration.api = ListenAddress(host: "127.0.0.1", port: apiPort)
            configuration.operations = ListenAddress(host: "127.0.0.1", port: 0)
            configuration.metricsOnAPI = servesMetricsOnAPI ? .on : .off
            configuration.adminToken = Secret(TestServer.token)
            configuration.isObserving = isObserving
            configuration.limits = limits
            configure(&configuration)
            return configuration
        }

    }

    /// Runs a server while the body runs.
    static func with<Result: Sendable>(
        _ change: (inout Setup) -> Void = { _ in }, _ body: @Sendable (TestServer) async throws -> Result
    ) async throws -> Result {
        var setup = Setup()
        setup.limits.drainNotice = .zero
        change(&setup)
        let stores = ScriptedStores(setup.script)
        let instruments = Instruments()
        let logs = LogRecorder()
        let (group, meter) = EventLoopMeter.eventLoops(threads: 1, instruments: nil)
        let (bound, continuation) = AsyncStream<FlashSaleServer.BoundPorts>.makeStream()
        let server = make(setup, stores, instruments, group, setup.measuresLoop ? meter : nil, logs) { ports in
            continuation.yield(ports)
            continuation.finish()
        }
        let running = Task {
            defer { continuation.finish() }
            try await server.run()
        }
        var result: Swift.Result<Result, any Error>?
        for await ports in bound {
            let server = TestServer(
                ports: ports, stores: stores, instruments: instruments, logs: logs, apiLoop: group.next())
            do {
                result = .success(try await body(server))
            } catch {
                result = .failure(error)
            }
        }
        running.cancel()
        let ended = await running.result
        try await group.shutdownGracefully()
        guard let result else {
            try ended.get()
            throw CancellationError()
        }
        return try result.get()
    }

    /// Runs a server in a group of services, as the program does. The body has to trigger the group's shutdown.
    static func withServices(
        _ setup: Setup, _ body: (FlashSaleServer.BoundPorts, ServiceGroup) async throws -> Void
    ) async throws {
        let logs = LogRecorder()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let (bound, continuation) = AsyncStream<FlashSaleServer.BoundPorts>.makeStream()
        let server = make(setup, ScriptedStores(setup.script), Instruments(), group, nil, logs) { ports in
            continuation.yield(ports)
            continuation.finish()
        }
        let services = ServiceGroup(services: [server], logger: Logger(label: "test") { _ in logs.handler })
        let running = Task { try await services.run() }
        for await ports in bound { try await body(ports, services) }
        try await running.value
        try await group.shutdownGracefully()
    }

    static func make(
        _ setup: Setup, _ stores: ScriptedStores, _ instruments: Instruments, _ group: MultiThreadedEventLoopGroup,
        _ meter: EventLoopMeter?, _ logs: LogRecorder,
        onBound: @escaping @Sendable (FlashSaleServer.BoundPorts) async -> Void
    ) -> FlashSaleServer {
        let board = SaleBoard(catalog: stores)
        let logger = Logger(label: "test") { _ in logs.handler }
        let rooms = RoomBook(board: board, ledger: stores, logger: logger)
        var defaults = SaleDefaults()
        defaults.shops = setup.configuration.shops.all
        let flows = PodFlows(
            checkout: CheckoutFlow(
                board: board, gate: stores, ledger: stores, confirmations: Confirmations(ledger: stores) { true },
                codes: CodeMint(), rebuild: { _ in }, instruments: instruments.sale
            ),
            purchase: PurchaseFlow(
                board: board, gate: stores, ledger: stores, afterwards: Afterwards(), instruments: instruments.sale,
                logger: logger
            ),
            sale: SaleFlow(
                defaults: defaults, board: board, counts: StockCounts(gate: stores, catalog: stores),
                catalog: stores, rebuild: { _ in }, logger: logger
            ),
            room: RoomFlow(book: rooms, board: board, instruments: instruments.room)
        )
        let operations = Operations(
            probes: setup.probes,
            process: {
                ProcessStatus(allocatedBytes: 1, allocatedBytesInTotal: 2, mappedBytes: 3, liveTasks: 4)
            },
            isDiskFull: setup.isDiskFull,
            replicas: { setup.replicas },
            redis: { _ in setup.redis },
            pods: { setup.pods },
            registry: { setup.registry },
            exposition: setup.exposition,
            isAlive: { setup.isAlive },
            profile: setup.profile,
            logLevel: { name in name.map { ["debug", "info"].contains($0) ? $0 : nil } ?? "info" },
            logRequest: { [keepsAll = setup.keepsAllRequestLines] mustBeKept, line in
                guard mustBeKept || keepsAll else { return }
                logger.info("\(RequestLine.message)", metadata: line().metadata)
            },
            console: setup.console,
            documents: setup.documents
        )
        return FlashSaleServer(
            configuration: setup.configuration, flows: flows,
            admission: setup.admission
                ?? Admissions([
                    BuyerRates(
                        perSecond: setup.limits.buyerRequestsPerSecond, burst: setup.limits.buyerRequestsBurst),
                    RoomAdmission(book: rooms, board: board, instruments: instruments.room),
                ]), operations: operations,
            instruments: instruments, tracer: setup.tracer(instruments.tracing), identity: setup.identity,
            tls: setup.tls, live: setup.live,
            eventLoopGroup: group, meter: meter, ledgerPace: setup.ledgerPace, logger: logger, onBound: onBound
        )
    }

    /// Sends one request on a connection of its own and returns its answer.
    func ask(
        _ method: String = "GET", _ target: String, _ fields: [String] = [], body: String? = nil,
        ofOperations: Bool = false
    ) async throws -> RawAnswer {
        let lines = fields + (body.map { ["Content-Length: \($0.utf8.count)"] } ?? []) + ["Host: test"]
        let request = "\(method) \(target) HTTP/1.1\r\n\(lines.joined(separator: "\r\n"))\r\n\r\n\(body ?? "")"
        return try await send(request, hasBody: method != "HEAD", ofOperations: ofOperations)
    }

    /// Sends bytes on a connection of their own and returns the first answer.
    func send(_ text: String, hasBody: Bool = true, ofOperations: Bool = false) async throws -> RawAnswer {
        try await RawConnection.with(port: ofOperations ? ports.operations : ports.api) { connection in
            try await connection.send(text)
            guard let answer = try await connection.answer(hasBody: hasBody) else { throw NoAnswer() }
            return answer
        }
    }
}

/// The server closed the connection instead of answering.
struct NoAnswer: Error {}

/// Keeps the lines that were logged, and lets tests wait for the one that ends a request.
final class LogRecorder: Sendable {
    struct Line: Sendable {
        let level: Logger.Level
        let message: String
        let metadata: Logger.Metadata

        var requestID: String? { message == "request" ? metadata["request_id"]?.description : nil }
    }

    private struct State {
        var lines: [Line] = []
        var waiting: [(isAwaited: @Sendable (Line) -> Bool, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    var lines: [Line] { state.withLock { $0.lines } }

    var handler: any LogHandler { Handler(recorder: self) }

    /// Returns when the access log has the request: then metrics and traces have it too.
    func ended(_ requestID: String) async { await hears { $0.requestID == requestID } }

    /// Returns when the log has such a line.
    func hears(_ isAwaited: @escaping @Sendable (Line) -> Bool) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.lines.contains(where: isAwaited) { return true }
                state.waiting.append((isAwaited, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    private func record(_ line: Line) {
        let waiting = state.withLock { state in
            state.lines.append(line)
            let heard = state.waiting.filter { $0.isAwaited(line) }.map(\.continuation)
            state.waiting.removeAll { $0.isAwaited(line) }
            return heard
        }
        for continuation in waiting { continuation.resume() }
    }

    private struct Handler: LogHandler {
        let recorder: LogRecorder
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            recorder.record(
                Line(level: event.level, message: event.message.description, metadata: event.metadata ?? [:])
            )
        }
    }
}
