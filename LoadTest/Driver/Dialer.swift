// How connections to the service are made: to its instances in turn, and under TLS if their target says https.

import NIOCore
import NIOPosix
import TLSClient

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
            .flatMap { secure($0, with: door.target.host, within: patience) }
    }

    /// Puts TLS between the socket and the handlers, and waits until the session is open.
    private func secure(
        _ channel: any Channel, with host: String, within patience: TimeAmount
    ) -> EventLoopFuture<any Channel> {
        guard let trust else { return channel.eventLoop.makeSucceededFuture(channel) }
        let opened = channel.eventLoop.makePromise(of: Void.self)
        do {
            let handler = TLSHandler(TLSSession(trust, host: host), opened: opened)
            try channel.pipeline.syncOperations.addHandler(handler, position: .first)
        } catch {
            opened.fail(error)
        }
        let alarm = channel.eventLoop.scheduleTask(in: patience) {
            opened.fail(TLSFailure("no TLS with \(host) in time"))
        }
        opened.futureResult.whenComplete { result in
            alarm.cancel()
            if case .failure = result { channel.close(promise: nil) }
        }
        return opened.futureResult.map { channel }
    }
}
