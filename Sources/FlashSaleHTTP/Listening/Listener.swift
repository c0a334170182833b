// One address that is listened on, by Hummingbird's server. It runs apart from the task that opened it, so that the
// order in which listeners close is ours and not the process's signal.
//
// Hummingbird's server opens its socket itself. A socket that the process inherited is NIO's to serve. The process that
// opened it holds it too: clients that are not accepted when we close it wait there for the next one.

internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import ServiceLifecycle

actor Listener {
    private let address: ListenAddress
    private let connections: ConnectionChannel
    private let group: any EventLoopGroup
    private let logger: Logger
    private let server: Server<ConnectionChannel>
    private let bound: AsyncStream<any Channel>
    private let boundContinuation: AsyncStream<any Channel>.Continuation
    private var socket: (any Channel)?
    private var serving: Task<Void, any Error>?

    init(
        address: ListenAddress, environment: ConnectionHandler.Environment, group: any EventLoopGroup, logger: Logger
    ) {
        let (bound, continuation) = AsyncStream<any Channel>.makeStream()
        self.address = address
        self.group = group
        self.logger = logger
        self.bound = bound
        boundContinuation = continuation
        connections = ConnectionChannel(environment: environment, group: group)
        server = Server(
            childChannelSetup: connections,
            configuration: ServerConfiguration(
                address: .hostname(address.host, port: address.port), backlog: environment.limits.backlog
            ),
            onServerRunning: { channel in
                continuation.yield(channel)
                continuation.finish()
            },
            eventLoopGroup: group, logger: logger
        )
    }

    /// Starts to listen, and returns the port.
    func open() async throws(ListenFailure) -> Int {
        if let descriptor = address.descriptor { return try await adopt(descriptor) }
        let (server, continuation) = (server, boundContinuation)
        let task = Task.detached {
            defer { continuation.finish() }
            try await server.run()
        }
        serving = task
        for await socket in bound {
            self.socket = socket
            return socket.localAddress?.port ?? 0
        }
        serving = nil
        guard case .failure(let error) = await task.result else {
            throw ListenFailure(address: address, why: "the listener ended before it began")
        }
        throw ListenFailure(address: address, error: error)
    }

    private func adopt(_ descriptor: CInt) async throws(ListenFailure) -> Int {
        do {
            let socket = try await ServerBootstrap(group: group)
                .childChannelInitializer { [connections, logger] channel in
                    connections.setup(channel: channel, logger: logger).map { _ in }
                }
                .withBoundSocket(descriptor).get()
            self.socket = socket
            return address.port
        } catch {
            throw ListenFailure(address: address, error: error)
        }
    }

    /// Takes no more connections, and waits until the open ones have ended.
    func close() async {
        guard let serving else {
            try? await socket?.close()
            while connections.environment.bounds.openConnections > 0 { try? await Task.sleep(for: Self.look) }
            return
        }
        if let socket, let listening = ListeningSocket(socket) {
            // If the kernel will not have it, the socket is closed as it stands.
            try? await listening.turnAwayNewcomers()
            try? await listening.drain()
        }
        try? await server.shutdownGracefully()
        _ = await serving.result
        self.serving = nil
    }

    private static let look = Duration.milliseconds(50)
}
