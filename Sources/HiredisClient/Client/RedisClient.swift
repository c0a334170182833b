// The client: it chooses a connection for each call. A lane keeps a connection open, and a connection sends commands.

public import Logging
public import NIOCore
internal import Synchronization

/// A client of one Redis server, of the master among several, or of the masters of a cluster, with one connection for
/// each event loop and server.
///
/// `run()` keeps the connections until its task is cancelled; without it no call succeeds. A caller on one of the event
/// loops uses that loop's connection, without a change of threads. Other callers take the connections in turn.
///
/// In a cluster a command goes to the server of its slot. Without a cluster there is one server for all slots.
public final class RedisClient: Sendable {
    private enum Servers {
        case one(RedisNode)
        case cluster(RedisCluster)
    }

    /// The event loops that have a connection each.
    public let eventLoops: [any EventLoop]

    private let servers: Servers
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
        if case .cluster(let seeds) = configuration.location {
            servers = .cluster(RedisCluster(seeds, openings))
        } else {
            servers = .one(RedisNode(openings))
        }
        self.configuration = configuration
        self.chain = chain
        self.logger = logger
    }

    /// Connects and stays connected, with backoff, until the task is cancelled. Then commands in flight fail.
    ///
    /// - Parameter whenConnected: called for every connection that opens, because the server behind a new connection
    ///   may have lost its data.
    public func run(whenConnected: @escaping @Sendable () -> Void = {}) async {
        let keep: @Sendable (RedisLane) async -> Void = { lane in await self.run(lane, whenConnected) }
        switch servers {
        case .one(let node): await node.run(keep)
        case .cluster(let cluster):
            var isFailing = false
            await cluster.run(keep) { event in
                switch event {
                case .known(let map, let isNew):
                    isFailing = false
                    guard isNew else { return }
                    let masters = map.masters.map(\.description).sorted().joined(separator: ", ")
                    logger.info(
                        "redis cluster known", metadata: ["masters": "\(masters)", "slots": "\(map.slotCount)"])
                case .failed(let error):
                    log(error, isFirst: !isFailing)
                    isFailing = true
                }
            }
        }
    }

    /// Waits until every event loop has its connection to each server.
    ///
    /// - Throws: `RedisError` with the last reason why a connection is missing.
    public func waitUntilConnected(within timeout: Duration) async throws(RedisError) {
        let deadline = ContinuousClock.now + timeout
        while true {
            await withTaskGroup { group in
                group.addTask {
                    switch self.servers {
                    case .one(let node): await node.connected()
                    case .cluster(let cluster): await cluster.connected()
                    }
                }
                group.addTask { try? await Task.sleep(until: deadline) }
                await group.next()
                group.cancelAll()
            }
            // A connection that was open a moment ago may be closed by now. Then this waits again.
            do throws(RedisError) {
                if case .cluster(let cluster) = servers { _ = try cluster.connections() }
                for lane in lanes { _ = try lane.connection.get() }
                return
            } catch {
                if Task.isCancelled || deadline <= .now { throw error }
            }
        }
    }

    /// Opens a connection of its own to each server and closes it again. It needs no `run()`.
    ///
    /// - Throws: `RedisError`; with the code `configuration` if no wait will cure it.
    public func meetServers() async throws(RedisError) -> [RedisServer] {
        switch servers {
        case .one: [try await firstOpening.meet().get()]
        case .cluster(let cluster): try await cluster.meet()
        }
    }

    /// The servers that the client is connected to, or why there is not one for each slot.
    public var connectedServers: Result<[RedisServer], RedisError> {
        Result { () throws(RedisError) in try connections().map(\.server) }
    }

    /// Tries whether each server lets the client do all that it needs. A connection of which that is not so is closed.
    ///
    /// - Throws: `RedisError` with the reason as a sentence.
    public func prove(within timeout: Duration) async throws(RedisError) {
        let connections: [RedisConnection]
        do throws(RedisError) {
            connections = try self.connections()
        } catch {
            throw await noted(error)
        }
        let proofs = await withTaskGroup(of: Result<Void, RedisError>.self) { group in
            for connection in connections {
                group.addTask {
                    do throws(RedisError) {
                        return .success(try await connection.prove(within: timeout))
                    } catch {
                        return .failure(error)
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        for proof in proofs { try proof.get() }
    }

    /// The connection for a caller on this thread.
    ///
    /// - Parameter slot: of the keys that the caller needs; nil for a command without keys.
    /// - Throws: `RedisError` at once if there is none; the chain sees this as a failed `dial`.
    public func connection(to slot: RedisSlot? = nil) async throws(RedisError) -> RedisConnection {
        let found: Result<RedisConnection, RedisError> =
            switch servers {
            case .one(let node): node.connection
            case .cluster(let cluster): cluster.connection(to: slot)
            }
        switch found {
        case .success(let connection): return connection
        case .failure(let reason): throw await noted(reason)
        }
    }

    /// Lends the connection for a slot. If its server says that the slot has moved to another, lends that one's once
    /// more.
    ///
    /// The server that a slot is only moving to is never asked (ASK): the caller's way without Redis is always there.
    ///
    /// - Parameters:
    ///   - timeout: how long all of it may take.
    ///   - body: has no effect if it throws that the slot has moved. It takes the time that is left.
    public func withConnection<Value: Sendable>(
        to slot: RedisSlot?, within timeout: Duration,
        _ body: (_ connection: RedisConnection, _ timeout: Duration) async throws(RedisError) -> Value
    ) async throws(RedisError) -> Value {
        let deadline = ContinuousClock.now + timeout
        let former = try await connection(to: slot)
        do throws(RedisError) {
            return try await body(former, timeout)
        } catch  where error.isMoved {
            let (next, left) = (try await connection(to: slot), deadline - .now)
            guard next !== former, left > .zero else { throw error }
            return try await body(next, left)
        }
    }

    /// Sends a command and returns its reply.
    ///
    /// - Parameters:
    ///   - slot: of the command's keys; nil for a command without keys.
    ///   - timeout: how long to wait for it; nil for the configuration's `commandTimeout`.
    /// - Throws: `RedisError`; also if the server's reply is an error.
    public func send(
        _ command: RedisCommand, to slot: RedisSlot? = nil, within timeout: Duration? = nil
    ) async throws(RedisError) -> RedisReply {
        try await withConnection(to: slot, within: timeout ?? configuration.commandTimeout) {
            connection, timeout throws(RedisError) in try await connection.send(command, within: timeout)
        }
    }

    /// Calls a script by its hash, loading it first where the server does not have it.
    ///
    /// - Parameters:
    ///   - slot: of the keys; nil if there are none.
    ///   - keyCount: how many of the arguments, from the first, are keys.
    public func run(
        _ script: RedisScript, to slot: RedisSlot? = nil, keyCount: Int, _ arguments: RedisArguments,
        within timeout: Duration? = nil
    ) async throws(RedisError) -> RedisReply {
        try await withConnection(to: slot, within: timeout ?? configuration.commandTimeout) {
            connection, timeout throws(RedisError) in
            try await connection.run(script, keyCount: keyCount, arguments, within: timeout)
        }
    }

    /// How the client is used at this moment.
    public var usage: RedisUsage {
        let lanes = lanes
        // A cluster whose masters are not known yet counts as one server.
        let connectionsMax = max(lanes.count, eventLoops.count)
        var usage = RedisUsage(
            connectionsMax: connectionsMax, commandsMax: connectionsMax * configuration.maxQueuedCommands,
            reconnects: reconnects.load(ordering: .relaxed))
        for lane in lanes {
            guard case .success(let connection) = lane.connection else { continue }
            usage.add(commandsInFlight: connection.commandsInFlight)
        }
        return usage
    }

    private var lanes: [RedisLane] {
        switch servers {
        case .one(let node): node.lanes
        case .cluster(let cluster): cluster.lanes
        }
    }

    /// A connection to each server.
    private func connections() throws(RedisError) -> [RedisConnection] {
        switch servers {
        case .one(let node): [try node.connection.get()]
        case .cluster(let cluster): try cluster.connections()
        }
    }

    /// Shows the chain that there is no connection, and returns the reason.
    private func noted(_ reason: RedisError) async -> RedisError {
        _ = await chain(.dial, to: NoConnection(reason: reason))
        return reason
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
                log(error, isFirst: !isFailing)
                isFailing = true
                if case .cluster(let cluster) = servers { cluster.askAgain() }
            }
        }
    }

    /// One warning is enough. The metrics count all attempts.
    private func log(_ error: RedisError, isFirst: Bool) {
        logger.log(
            level: isFirst ? .warning : .debug, "redis connection failed", metadata: ["redis_error": "\(error)"])
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
