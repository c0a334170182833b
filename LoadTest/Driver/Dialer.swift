// How connections to the service are made: to its address, and under TLS if its target says https.

import NIOCore
import NIOPosix
import TLSClient

struct Dialer: Sendable {
    let target: Target
    let address: SocketAddress
    /// Nil for plain HTTP.
    let trust: TLSPolicy?

    init(target: Target, address: SocketAddress, trust: TLSPolicy? = nil) {
        self.target = target
        self.address = address
        self.trust = trust
    }

    /// Opens a connection.
    ///
    /// - Parameter initialize: adds the handlers that see the answers.
    func open(
        on eventLoop: any EventLoop, within seconds: Double,
        _ initialize: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) -> EventLoopFuture<any Channel> {
        let patience = TimeAmount.nanoseconds(Int64(seconds * 1e9))
        return ClientBootstrap(group: eventLoop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connectTimeout(patience)
            .channelInitializer(initialize)
            .connect(to: address)
            .flatMap { secure($0, within: patience) }
    }

    /// Puts TLS between the socket and the handlers, and waits until the session is open.
    private func secure(_ channel: any Channel, within patience: TimeAmount) -> EventLoopFuture<any Channel> {
        guard let trust else { return channel.eventLoop.makeSucceededFuture(channel) }
        let opened = channel.eventLoop.makePromise(of: Void.self)
        do {
            let handler = TLSHandler(TLSSession(trust, host: target.host), opened: opened)
            try channel.pipeline.syncOperations.addHandler(handler, position: .first)
        } catch {
            opened.fail(error)
        }
        let alarm = channel.eventLoop.scheduleTask(in: patience) {
            opened.fail(TLSFailure("no TLS with \(target.host) in time"))
        }
        opened.futureResult.whenComplete { result in
            alarm.cancel()
            if case .failure = result { channel.close(promise: nil) }
        }
        return opened.futureResult.map { channel }
    }
}
