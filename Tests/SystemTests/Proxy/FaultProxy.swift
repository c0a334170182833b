// A TCP proxy between a service and a store that breaks connections as a network does.
//
//     client ──► way there ──► server          each way is a queue of what was read and when it may be passed on
//     client ◄── way back  ◄── server
//
// Trust rule: the proxy never changes or reorders the bytes that it passes on. All of it runs on one event loop.

import NIOCore
import NIOPosix

/// A proxy in front of one port of this machine, with one fault at a time.
final class FaultProxy: Sendable {
    enum Fault: Equatable, Sendable {
        case none
        /// Passes on nothing, not even the end of a connection, as if a cable were out. Sent bytes arrive afterwards.
        case halfOpen
        /// Requests arrive, replies do not until the fault is over: the way back is out.
        case mute
        /// One byte a second, both ways.
        case trickle
        /// Everything arrives later by this time.
        case delay(Duration)
        /// Everything arrives later by up to this time, at random, still in order.
        case jitter(upTo: Duration)
        /// Cuts the next connection that sends a text, when the server replies: the server has done the work, and the
        /// client never learns it. The text must arrive in one piece, as the name of a statement does.
        case dropReply(to: String)
        /// Cuts the next connection that sends a text, as soon as the text is passed on.
        case cut(after: String)
        /// The proxy itself replies to each Redis command with this; the command never arrives.
        case answer(String)
    }

    /// The port for clients.
    let port: Int
    private let loop: any EventLoop
    private let wiring: NIOLoopBound<Wiring>

    private init(port: Int, loop: any EventLoop, wiring: NIOLoopBound<Wiring>) {
        self.port = port
        self.loop = loop
        self.wiring = wiring
    }

    /// Starts a proxy on a free port.
    static func start(to target: Int) async throws -> FaultProxy {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let wiring = try await loop.submit { NIOLoopBound(Wiring(target: target, loop: loop), eventLoop: loop) }.get()
        let listener = try await listen(on: 0, loop, wiring)
        return FaultProxy(port: listener.localAddress?.port ?? 0, loop: loop, wiring: wiring)
    }

    /// Sets the fault from now on; bytes that waited under the last one continue under this one.
    func set(_ fault: Fault) async throws {
        try await loop.submit { [wiring] in wiring.value.set(fault) }.get()
    }

    /// Resets every connection. New ones are accepted.
    func cut() async throws {
        try await loop.submit { [wiring] in wiring.value.cut() }.get()
    }

    /// Resets every connection, and refuses new ones until ``admit()``.
    func refuse() async throws {
        try await loop.flatSubmit { [wiring] in wiring.value.refuse() }.get()
    }

    /// Leads new connections to another port and resets the others, like the name of a store that has failed over.
    func lead(to target: Int) async throws {
        try await loop.submit { [wiring] in wiring.value.lead(to: target) }.get()
    }

    /// Accepts connections again, on the same port.
    func admit() async throws {
        _ = try await Self.listen(on: port, loop, wiring)
    }

    /// How often a fault that waits for a text has struck.
    var strikes: Int {
        get async throws { try await loop.submit { [wiring] in wiring.value.strikes }.get() }
    }

    /// The number of connections.
    var connections: Int {
        get async throws { try await loop.submit { [wiring] in wiring.value.lineCount }.get() }
    }

    private static func listen(
        on port: Int, _ loop: any EventLoop, _ wiring: NIOLoopBound<Wiring>
    ) async throws -> any NIOCore.Channel {
        let listener = try await ServerBootstrap(group: loop)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { wiring.value.connect($0) }
            .bind(host: "127.0.0.1", port: port).get()
        try await loop.submit { wiring.value.listener = listener }.get()
        return listener
    }
}
