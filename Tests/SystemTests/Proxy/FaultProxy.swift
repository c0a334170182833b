// A TCP proxy of our own that a test puts between a service and a store, to do to the connection what a network does.
//
//     client ──► way there ──► server          each way is a queue of what was read and when it may be passed on
//     client ◄── way back  ◄── server
//
// Trust rule: bytes that are passed on are never changed nor overtake one another. All of it runs on one event loop.

import NIOCore
import NIOPosix

/// A proxy in front of one port of this machine, with one fault at a time.
final class FaultProxy: Sendable {
    enum Fault: Equatable, Sendable {
        case none
        /// Nothing is passed on, and no end of a connection either: a cable is out. What was sent arrives afterwards.
        case halfOpen
        /// What is sent arrives, what is answered does not until the fault is over: the way back is out.
        case mute
        /// One byte a second, both ways.
        case trickle
        /// Everything arrives so much later.
        case delay(Duration)
        /// Everything arrives later, by up to so much, now more, now less; still in order.
        case jitter(upTo: Duration)
        /// The connection over which a text is sent next is cut when the server answers it: it has done what the client
        /// will never hear of. The text must arrive in one piece, as the name of a statement does.
        case dropReply(to: String)
        /// The connection over which a text is sent next is cut as soon as it is passed on.
        case cut(after: String)
        /// Each command to a Redis is answered with this by the proxy itself, and never arrives.
        case answer(String)
    }

    /// Where clients connect to.
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

    /// Does this from now on; what waited under the fault before goes on under this one.
    func set(_ fault: Fault) async throws {
        try await loop.submit { [wiring] in wiring.value.set(fault) }.get()
    }

    /// Resets every connection there is. New ones are accepted.
    func cut() async throws {
        try await loop.submit { [wiring] in wiring.value.cut() }.get()
    }

    /// Resets every connection there is, and has new ones refused until ``admit()``.
    func refuse() async throws {
        try await loop.flatSubmit { [wiring] in wiring.value.refuse() }.get()
    }

    /// Leads new connections to another port and resets those there are, as the name of a store that has failed over.
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

    /// How many connections there are.
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
