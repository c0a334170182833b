// Turns a socket that a listener has accepted into a connection of this module.

internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Telemetry

struct ConnectionChannel: Sendable {
    let environment: ConnectionHandler.Environment
    private let loops: [ObjectIdentifier: Loop]

    /// What the connections of an event loop share.
    private struct Loop: Sendable {
        let executor: EventLoopTaskExecutor
        let idle: NIOLoopBoundBox<IdleConnections<ConnectionHandler>>
        let alarms: NIOLoopBoundBox<LoopAlarms>
        let turns: LoopTurns?

        init(_ loop: any EventLoop, turns: LoopTurns?) {
            executor = EventLoopTaskExecutor(loop: loop)
            idle = NIOLoopBoundBox.makeBoxSendingValue(IdleConnections(), eventLoop: loop)
            alarms = NIOLoopBoundBox.makeBoxSendingValue(LoopAlarms(of: loop), eventLoop: loop)
            self.turns = turns
        }
    }

    init(environment: ConnectionHandler.Environment, group: any EventLoopGroup) {
        self.environment = environment
        let loops = group.makeIterator().map { loop in
            (ObjectIdentifier(loop), Loop(loop, turns: environment.meter?.turns(of: loop)))
        }
        self.loops = Dictionary(uniqueKeysWithValues: loops)
    }

    /// Counts a connection until it ends, and installs its handlers.
    func setUp(_ channel: any Channel) -> EventLoopFuture<Void> {
        let (bounds, observer) = (environment.bounds, environment.observer)
        let peer = channel.remoteAddress.flatMap { ClientAddress($0) }
        let count = bounds.connectionOpened()
        observer.connectionOpened()
        channel.closeFuture.whenComplete { _ in
            bounds.connectionClosed()
            observer.connectionClosed()
        }
        return channel.eventLoop.makeCompletedFuture {
            if environment.readsProxyHeaders, environment.proxies.trusts(peer) {
                let header = ProxyHeaderHandler(within: environment.limits.headTimeout, rejected: observer.rejected) {
                    try begin(channel, of: $0 ?? peer, count: count)
                }
                try channel.pipeline.syncOperations.addHandler(header)
            } else {
                try begin(channel, of: peer, count: count)
            }
        }
    }

    /// Installs what serves a client, or dismisses it.
    ///
    /// - Parameter count: how many connections there were when this one opened, itself included.
    private func begin(_ channel: any Channel, of peer: ClientAddress?, count: Int) throws {
        guard let loop = loops[ObjectIdentifier(channel.eventLoop)] else {
            preconditionFailure("a connection of another group's event loop")
        }
        let (bounds, observer, idle) = (environment.bounds, environment.observer, loop.idle.value)
        let network = bounds.network(of: peer)
        let standing = bounds.standing(ofConnection: count, from: network)
        if let network { channel.closeFuture.whenComplete { _ in bounds.connectionClosed(from: network) } }
        var isAdmitted = standing == .admitted
        if !isAdmitted, let longest = idle.longestWaiting(from: standing == .beyondShare ? network : nil) {
            observer.rejected(.displaced)
            longest.makeRoom()
            isAdmitted = true
        }
        // Not by an error: a socket stays open if its setup fails.
        if !isAdmitted, standing == .refused {
            observer.rejected(.overload)
            try channel.pipeline.syncOperations.addHandler(Dismissal())
            return
        }
        // A buyer's client that has sent its last request may shut its half and wait for the answers. A scraper
        // that shuts its half has left, and so has the client of a profile, which costs its time.
        let mayHalfClose = environment.routes.api != nil
        try channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: mayHalfClose)
        let handler = ConnectionHandler(
            environment: environment, executor: loop.executor, turns: loop.turns, idle: idle,
            alarms: loop.alarms.value, peer: peer, isSurplus: !isAdmitted)
        try install(handler, in: channel.pipeline.syncOperations)
    }

    /// Closes a connection as soon as it is open.
    private final class Dismissal: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        func handlerAdded(context: ChannelHandlerContext) {
            if context.channel.isActive { context.close(promise: nil) }
        }

        func channelActive(context: ChannelHandlerContext) { context.close(promise: nil) }
    }

    private func install(_ handler: ConnectionHandler, in pipeline: ChannelPipeline.SynchronousOperations) throws {
        var decoder = NIOHTTPDecoderLimitConfiguration()
        decoder.maxHeaderFieldSize = environment.limits.headBytes
        decoder.maxHeaderListSize = environment.limits.headBytes
        decoder.maxHeaderFieldCount = environment.limits.headFields
        if let tls = environment.tls { try pipeline.addHandler(tls.handler()) }
        try pipeline.addHandler(ByteGate(connection: handler))
        try pipeline.addHandler(ByteToMessageHandler(PersistentDecoder(limits: decoder, connection: handler)))
        try pipeline.addHandler(handler)
    }
}
