// A private etcd for the tests: one member on loopback, without a password. It ends when this process ends.

internal import Glibc
public import Logging

/// A private etcd server of one member.
public final class PrivateEtcd: PrivateServer {
    public let process: ServerProcess

    private init(process: ServerProcess) {
        self.process = process
    }

    /// Whether the program is there, which the service does not need.
    public static var isInstalled: Bool { (try? ServerProgram.find("etcd", package: "etcd-server")) != nil }

    /// Starts the server and waits until it answers. Its elections are quick, so that leases of two seconds are.
    public static func start(
        at place: ServerPlace = ServerPlace(), logger: Logger = Logger(label: "flashsale.dev")
    ) async throws -> PrivateEtcd {
        let program = try ServerProgram.find("etcd", package: "etcd-server")
        let (directory, lock) = try await place.open(name: "etcd")
        let peer = try LoopbackPort.free()
        let recipe = ServerRecipe(
            name: "etcd", stopSignal: .terminate, lastSignal: .kill,
            command: { port in
                let (client, peer) = ("http://127.0.0.1:\(port.number)", "http://127.0.0.1:\(peer.number)")
                return [
                    program, "--data-dir=\(directory.data)", "--listen-client-urls=\(client)",
                    "--advertise-client-urls=\(client)", "--listen-peer-urls=\(peer)",
                    "--initial-advertise-peer-urls=\(peer)", "--initial-cluster=default=\(peer)",
                    "--heartbeat-interval=50", "--election-timeout=500", "--log-level=error",
                ]
            },
            isReady: { $0.isOK(at: "/health") })
        return PrivateEtcd(
            process: try await ServerProcess.start(recipe, at: place, in: directory, lock: lock, logger: logger))
    }
}
