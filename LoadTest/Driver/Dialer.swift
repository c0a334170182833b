// How connections to the service are made: to its instances in turn, and under TLS if their target says https.

import NIOCore
import NIOPosix
import TLSClient
import Textbook

struct Dialer: Sendable {
    /// An instance of the service, or its only address.
    struct Door: Sendable {
        let target: Target
        let address: SocketAddress
    }

    private let doors: [Door]
    /// Nil for plain HTTP.
    let trust: TLSPolicy?

    /// The first target, which stands for all.
    var target: Target { doors[0].target }
    /// The same with the first target alone: who asks it twice asks one instance.
    var first: Dialer { Dialer([doors[0]], trust: trust) }

    /// - Parameter doors: at least one. Each connection goes to any of them.
    init(_ doors: [Door], trust: TLSPolicy? = nil) {
        precondition(!doors.isEmpty, "a dialer needs a target")
        self.doors = doors
        self.trust = trust
    }

    init(target: Target, address: SocketAddress) {
        self.init([Door(target: target, address: address)])
    }

    /// Opens a connection.
    ///
    /// - Parameter initialize: adds the handlers that see the answers.
    func open(
        on eventLoop: any EventLoop, within seconds: Double,
        _ initialize: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) -> EventLoopFuture<any Channel> {
        let door = doors.count == 1 ? doors[0] : doors[.random(in: 0..<doors.count)]
        let patience = TimeAmount.nanoseconds(Int64(seconds * 1e9))
        return ClientBootstrap(group: eventLoop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connectTimeout(patience)
            .channelInitializer(initialize)
            .connect(to: door.address)
            .flatMap { channel in
                guard let trust else { return channel.eventLoop.makeSucceededFuture(channel) }
                return channel.secured(by: trust, with: door.target.server.host, within: patience)
            }
    }
}
