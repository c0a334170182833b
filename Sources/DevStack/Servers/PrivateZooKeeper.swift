// A private ZooKeeper for the tests: one server on loopback, without a password. It ends when this process ends.

internal import Foundation
public import Logging

/// A private ZooKeeper of one server.
public final class PrivateZooKeeper: PrivateServer {
    private static let archive = "/usr/share/java/zookeeper.jar"
    private static let file = "zoo.cfg"

    public let process: ServerProcess

    private init(process: ServerProcess) {
        self.process = process
    }

    /// Whether the program is there, which the service does not need.
    public static var isInstalled: Bool {
        (try? ServerProgram.find("java", package: "zookeeper")) != nil
            && FileManager.default.fileExists(atPath: archive)
    }

    /// Starts the server and waits until it answers. Its ticks are short, so that sessions of a second are.
    public static func start(
        at place: ServerPlace = ServerPlace(), logger: Logger = Logger(label: "flashsale.dev")
    ) async throws -> PrivateZooKeeper {
        let program = try ServerProgram.find("java", package: "zookeeper")
        let (directory, lock) = try await place.open(name: "zookeeper")
        let recipe = ServerRecipe(
            name: "ZooKeeper", stopSignal: .terminate, lastSignal: .kill,
            command: { port in
                // A file of Java's properties: a backslash begins an escape.
                try directory.write(
                    """
                    tickTime=200
                    dataDir=\(directory.data.replacing("\\", with: "\\\\"))
                    clientPort=\(port.number)
                    clientPortAddress=127.0.0.1
                    admin.enableServer=false
                    4lw.commands.whitelist=ruok
                    """, to: file)
                return [
                    program, "-Xmx128m", "-cp", archive, "org.apache.zookeeper.server.quorum.QuorumPeerMain",
                    directory.file(file),
                ]
            },
            isReady: { $0.answer(to: Array("ruok".utf8)) == Array("imok".utf8) })
        return PrivateZooKeeper(
            process: try await ServerProcess.start(recipe, at: place, in: directory, lock: lock, logger: logger))
    }
}
