// One address that is listened on. It is closed when the server says so, so that the order in which listeners close is
// ours and not the process's signal.
//
// An address never goes to the resolver, only a name does: the C library knows no IPv6 address, not even ::1, where the
// machine's only other addresses are of IPv4 (AI_ADDRCONFIG in getaddrinfo(3)).
//
// The process that opened an inherited socket holds it too: clients that are not accepted when we close it wait there
// for the next one.

internal import NIOCore
internal import NIOPosix

actor Listener {
    private let address: ListenAddress
    private let connections: ConnectionChannel
    private let group: any EventLoopGroup
    private var socket: (any Channel)?

    init(address: ListenAddress, environment: ConnectionHandler.Environment, group: any EventLoopGroup) {
        self.address = address
        self.group = group
        connections = ConnectionChannel(environment: environment, group: group)
    }

    /// Starts to listen, and returns the port.
    func open() async throws(ListenFailure) -> Int {
        do {
            let socket = try await bound().get()
            self.socket = socket
            return socket.localAddress?.port ?? address.port
        } catch {
            throw ListenFailure(address: address, error: error)
        }
    }

    private func bound() -> EventLoopFuture<any Channel> {
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: CInt(connections.environment.limits.backlog))
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { [connections] in connections.setUp($0) }
        if let descriptor = address.descriptor { return bootstrap.withBoundSocket(descriptor) }
        if let literal = try? SocketAddress(ipAddress: address.host, port: address.port) {
            return bootstrap.bind(to: literal)
        }
        return bootstrap.bind(host: address.host, port: address.port)
    }

    /// Takes no more connections, and waits until the open ones have ended.
    func close() async {
        guard let socket else { return }
        if address.descriptor == nil, let listening = ListeningSocket(socket) {
            // If the kernel will not have it, the socket is closed as it stands.
            try? await listening.turnAwayNewcomers()
            try? await listening.drain()
        }
        try? await socket.close()
        // A task of its own sleeps although this one may have been cancelled.
        await Task { [bounds = connections.environment.bounds] in
            while bounds.openConnections > 0 { try? await Task.sleep(for: Self.look) }
        }.value
    }

    private static let look = Duration.milliseconds(50)
}
