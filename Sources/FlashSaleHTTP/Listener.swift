// One address that is listened on, by Hummingbird's server. It runs apart from the task that opened it, so that the
// order in which listeners close is ours and not the process's signal.
//
// Linux resets what it has connected and the process has not accepted when a listening socket is closed: a client would
// see a connection fail that nobody refused. So the socket first takes no more packets, then all that it has connected
// is accepted, then it is closed; whoever tried meanwhile tries again by himself, a second later, and is refused.

internal import Glibc
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import ServiceLifecycle

actor Listener {
    private let address: ListenAddress
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
        self.bound = bound
        boundContinuation = continuation
        server = Server(
            childChannelSetup: ConnectionChannel(environment: environment, group: group),
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

    /// Takes no more connections, and waits until the open ones have ended.
    func close() async {
        guard let serving else { return }
        await turnAway()
        try? await server.shutdownGracefully()
        _ = await serving.result
        self.serving = nil
    }

    /// Has the kernel drop what comes to the socket itself, and gives the event loop time to accept what has come.
    private func turnAway() async {
        guard let socket, let options = socket as? any SocketOptionProvider else { return }
        do {
            try await socket.eventLoop.flatSubmit {
                // The kernel copies it before this returns, for we are on the socket's event loop.
                var program = PacketFilter.Instruction()
                return withUnsafePointer(to: &program) { pointer in
                    options.unsafeSetSocketOption(
                        level: .init(SOL_SOCKET), name: .init(SO_ATTACH_FILTER),
                        value: PacketFilter(count: 1, address: UInt(bitPattern: pointer)))
                }
            }.get()
            try await Task.sleep(for: Self.lastAccepts)
        } catch {
            // Then it is closed as it stands.
        }
    }

    /// What an event loop takes at most until it has accepted all that is connected.
    private static let lastAccepts = Duration.milliseconds(100)

    /// `struct sock_fprog` of linux/filter.h.
    private struct PacketFilter {
        /// `struct sock_filter`: return k, how many bytes of a packet are kept.
        struct Instruction {
            let code: UInt16 = 0x06
            let jumps: (UInt8, UInt8) = (0, 0)
            let k: UInt32 = 0
        }

        let count: UInt16
        let address: UInt
    }
}
