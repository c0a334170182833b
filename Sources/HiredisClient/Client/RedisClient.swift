// The client: it has one connection for each event loop and chooses one for each call. A lane keeps a connection open,
// and a connection sends commands.

public import Logging
public import NIOCore
internal import NIOPosix
internal import Synchronization

/// A client of one Redis server, or of the master among several, with one connection for each event loop.
///
/// `run()` keeps the connections until its task is cancelled; without it no call succeeds. A caller on one of the event
/// loops uses that loop's connection, without a change of threads. Other callers take the connections in turn.
public final class RedisClient: Sendable {
    /// The event loops that have a connection each.
    public let eventLoops: [any EventLoop]

    private let lanes: [RedisLane]
    private let lanesByLoop: [ObjectIdentifier: RedisLane]
    private let nextLane = Atomic<Int>(0)
    private let reconnects = Atomic<Int>(0)
    /// The last eviction policy that the log has warned of.
    private let warnedPolicy = Mutex<String?>(nil)
    private let configuration: RedisConfiguration
    private let firstOpening: Opening
    private let chain: RedisChain
    private let logger: Logger

    /// - Parameters:
    ///   - middleware: the middlewares that every command passes, outermost first.
    ///   - observer: sees each command as its caller does, outside all middleware.
    public init(
        _ configuration: RedisConfiguration, eventLoopGroup: any EventLoopGroup, middleware: [any RedisMiddleware] = [],
        observer: (any RedisObserver)? = nil, logger: Logger
    ) {
        let chain = RedisChain(middleware: middleware, observer: observer)
        eventLoops = Array(eventLoopGroup.makeIterator())
        precondition(!eventLoops.isEmpty, "the client needs an event loop")
        let tls = configuration.tls.map(TLSContext.init)
        let openings = eventLoops.map { Opening(configuration: configuration, tls: tls, chain: chain, eventLoop: $0) }
        firstOpening = openings[0]
        lanes = openings.map { RedisLane($0) }
        lanesByLoop = Dictionary(zip(eventLoops.map { ObjectIdentifier($0) }, lanes)) { first, _ in first }
        self.configuration = configuration
        self.chain = chain
        self.logger = logger
    }

    /// Connects and stays connected, with backoff, until the task is cancelled. Then commands in flight fail.
    ///
    /// - Parameter whenConnected: called for every connection that opens, because the server behind a new connection
    ///   may have lost its data.
    public func run(whenConnected: @escaping @Sendable () -> Void = {}) async {
        await withDiscardingTaskGroup { group in
            for lane in lanes {
                group.addTask { await self.run(lane, whenConnected) }
            }
        }
    }

    /// Waits until every event loop has its connection.
    ///
    /// - Throws: `RedisError` with the last reason why a connection is missing.
    public func waitUntilConnected(within timeout: Duration) async throws(RedisError) {
        let deadline = ContinuousClock.now + timeout
        while true {
            await withTaskGroup { group in
                group.addTask { for lane in self.lanes { await lane.connected() } }
                group.addTask { try? await Task.sleep(until: deadline) }
                await group.next()
                group.cancelAll()
            }
            // A connection that was open a moment ago may be closed by now. Then this waits again.
            do throws(RedisError) {
                for lane in lanes { _ = try lane.connection.get() }
                return
            } catch {
                if Task.isCancelled || deadline <= .now { throw error }
            }
        }
    }

    /// Opens a connection of its own and closes it again. It needs no `run()`.
    ///
    /// - Throws: `RedisError`; with the code `configuration` if no wait will cure it.
    public func meetServer() async throws(RedisError) -> RedisServer {
        let connection = try await firstOpening.open()
        connection.close(RedisError(.connectionLost, "the server has been met"))
        return connection.server
    }

    /// The server that the client is connected to, or why to none.
    public var server: Result<RedisServer, RedisError> {
        lookUp().map(\.server)
    }

    /// Tries whether the server lets the client do all that it needs. A connection of which that is not true is closed.
    ///
    /// - Throws: `RedisError` with the reason as a sentence.
    public func prove(within timeout: Duration) async throws(RedisError) {
        try await connection().prove(within: timeout)
    }

    /// The connection for a caller on this thread.
    ///
    /// - Throws: `RedisError` at once if there is none; the chain sees this as a failed `dial`.
    public func connection() async throws(RedisError) -> RedisConnection {
        switch lookUp() {
        case .success(let connection):
            return connection
        case .failure(let reason):
            _ = await chain(.dial, to: NoConnection(reason: reason))
            throw reason
        }
    }

    /// Sends a command and returns its reply.
    ///
    /// - Parameter timeout: how long to wait for it; nil for the configuration's `commandTimeout`.
    /// - Throws: `RedisError`; also if the server's reply is an error.
    public func send(_ command: RedisCommand, within timeout: Duration? = nil) async throws(RedisError) -> RedisReply {
        try await connection().send(command, within: timeout)
    }

    /// Calls a script by its hash, loading it first where the server does not have it.
    ///
    /// - Parameter keyCount: how many of the arguments, from the first, are keys.
    public func run(
        _ script: RedisScript, keyCount: Int, _ arguments: RedisArguments, within timeout: Duration? = nil
    ) async throws(RedisError) -> RedisReply {
        try await connection().run(script, keyCount: keyCount, arguments, within: timeout)
    }

    /// How the client is used at this moment.
    public var usage: RedisUsage {
        var usage = RedisUsage(
            connectionsMax: lanes.count, commandsMax: lanes.count * configuration.maxQueuedCommands,
            reconnects: reconnects.load(ordering: .relaxed))
        for lane in lanes {
            guard case .success(let connection) = lane.connection else { continue }
            usage.add(commandsInFlight: connection.commandsInFlight)
        }
        return usage
    }

    /// The connection of the caller's event loop, else the next in turn, else any.
    private func lookUp() -> Result<RedisConnection, RedisError> {
        let index = nextLane.wrappingAdd(1, ordering: .relaxed).oldValue
        let own = MultiThreadedEventLoopGroup.currentEventLoop.flatMap { lanesByLoop[ObjectIdentifier($0)] }
        let first = (own ?? lanes[Int(UInt(bitPattern: index) % UInt(lanes.count))]).connection
        if case .success = first { return first }
        return lanes.lazy.map(\.connection).first { if case .success = $0 { true } else { false } } ?? first
    }

    private func run(_ lane: RedisLane, _ whenConnected: @escaping @Sendable () -> Void) async {
        var wasConnected = false
        var isFailing = false
        await lane.run { event in
            switch event {
            case .connected(let server):
                if wasConnected { reconnects.wrappingAdd(1, ordering: .relaxed) }
                wasConnected = true
                isFailing = false
                whenConnected()
                logger.info("redis connected", metadata: ["redis": "\(configuration)", "server": "\(server)"])
                warnOfEviction(by: server)
            case .failed(let error):
                guard !Task.isCancelled else { return }
                // One warning is enough. The metrics count all attempts.
                logger.log(
                    level: isFailing ? .debug : .warning, "redis connection failed",
                    metadata: ["redis_error": "\(error)"])
                isFailing = true
            }
        }
    }

    /// The gate survives evicted keys, because it loads a sale again that has lost one. That costs, again and again.
    private func warnOfEviction(by server: RedisServer) {
        let isNew = warnedPolicy.withLock { warned in
            defer { warned = server.evictionPolicy }
            return warned != server.evictionPolicy
        }
        guard isNew, server.evictsKeys else { return }
        logger.warning(
            "redis evicts keys when its memory is full; set maxmemory-policy to noeviction",
            metadata: ["server": "\(server)", "maxmemory_policy": "\(server.evictionPolicy)"])
    }
}
