// One connection to a server of ZooKeeper, for whoever is on no event loop.

internal import NIOCore
internal import NIOPosix
internal import TLSClient
internal import Textbook

final class ZooKeeperConnection: Sendable {
    private let channel: any Channel
    private let handler: NIOLoopBound<ZooKeeperHandler>
    private let timeout: TimeAmount

    private init(_ channel: any Channel, _ handler: NIOLoopBound<ZooKeeperHandler>, timeout: TimeAmount) {
        self.channel = channel
        self.handler = handler
        self.timeout = timeout
    }

    /// - Parameter timeout: of the connection, and again of each answer.
    static func open(_ server: HostPort, timeout: Duration) async throws -> ZooKeeperConnection {
        let timeout = TimeAmount(timeout)
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton.next())
            .connectTimeout(timeout)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ZooKeeperHandler())
                }
            }
        let channel: any Channel
        do {
            channel = try await bootstrap.connect(host: server.host, port: server.port).get()
        } catch {
            throw ConnectFailure(error)
        }
        let handler = try await channel.eventLoop.submit {
            NIOLoopBound(
                try channel.pipeline.syncOperations.handler(type: ZooKeeperHandler.self), eventLoop: channel.eventLoop)
        }.get()
        return ZooKeeperConnection(channel, handler, timeout: timeout)
    }

    /// The frames that answer some frames, in their order.
    func ask(_ questions: [ByteBuffer]) async throws -> [ByteBuffer] {
        try await channel.eventLoop.flatSubmit { [channel, handler, timeout] in
            let answers = questions.map { handler.value.ask($0, over: channel) }
            channel.flush()
            let alarm = channel.eventLoop.scheduleTask(in: timeout) { channel.close(promise: nil) }
            let all = EventLoopFuture.whenAllSucceed(answers, on: channel.eventLoop)
            all.whenComplete { _ in alarm.cancel() }
            return all
        }.get()
    }

    /// The paths that have changed since the last call.
    func takeChanges() async throws -> Set<String> {
        try await channel.eventLoop.submit { [handler] in
            defer { handler.value.changes = [] }
            return handler.value.changes
        }.get()
    }

    var isOpen: Bool { channel.isActive }

    func close() { channel.close(promise: nil) }
}
