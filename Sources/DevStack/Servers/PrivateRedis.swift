// A private Redis for `flashsale dev` and for the tests. It listens only on loopback, asks for a generated password,
// evicts nothing, and ends when this process ends.

import Glibc
public import Logging

/// A private Redis server.
///
/// It ends with this process, also by `kill -9`, and when the last reference to it is dropped.
public final class PrivateRedis: Sendable {
    /// How the server is set up.
    public struct Configuration: Sendable {
        /// The server's directory; nil for an ephemeral one that is removed in the end.
        public var directory: String?
        /// Drops what the directory holds from earlier runs.
        public var fresh = false
        /// The port; nil for any free one.
        public var port: Int?
        /// Keeps an append-only file, written to the disk every second; false keeps the data in memory alone.
        public var durable = true
        /// The numbered databases.
        public var databases = 16
        /// Further lines for redis.conf.
        public var settings: [String] = []
        /// How long it may take from start to the first answer, loading included.
        public var readyWithin = Duration.seconds(60)

        public init() {}

        /// The databases of an ephemeral server: the most tests of a process that may each take one.
        static let ephemeralDatabases = 4_096

        /// For tests: ephemeral, in memory alone, with a database for each of many tests.
        public static var ephemeral: Configuration {
            var configuration = Configuration()
            configuration.durable = false
            configuration.databases = ephemeralDatabases
            return configuration
        }
    }

    private let server: PrivateServer
    private let password: String

    private init(server: PrivateServer, password: String) {
        self.server = server
        self.password = password
    }

    /// Starts the server and waits until it answers.
    ///
    /// Throws ``DevStackError``: a missing program, a directory in use, a port in use, or a server that does not come
    /// up, with the end of its log.
    public static func start(
        _ configuration: Configuration = Configuration(), logger: Logger = Logger(label: "flashsale.dev")
    ) async throws -> PrivateRedis {
        let program = try ServerProgram.find("redis-server", package: "redis-server")
        let directory = try ServerDirectory(configuration.directory, name: "redis")
        let lock = try await directory.lock()
        if configuration.fresh { try directory.empty() }
        try directory.make("data")
        let password = try directory.password()
        let recipe = ServerRecipe(
            name: "Redis", stopSignal: .terminate, lastSignal: .terminate,
            command: { port in
                // In a file, because every user of the machine can read a command line.
                try directory.write(
                    text(of: configuration, in: directory, port: port, password: password), to: "redis.conf")
                return [program, directory.file("redis.conf")]
            },
            isReady: { isReady($0, password: password) })
        let server = try await PrivateServer.start(
            recipe, in: directory, lock: lock, port: configuration.port, readyWithin: configuration.readyWithin,
            logger: logger)
        return PrivateRedis(server: server, password: password)
    }

    /// The URL of database 0. It carries the password: show it to the developer, never to a log.
    public var url: String { url(of: 0) }

    /// The URL of a numbered database.
    public func url(of database: Int) -> String {
        "redis://:\(password)@127.0.0.1:\(port)/\(database)"
    }

    public var port: Int { server.port.number }

    /// The server's process id.
    public var processID: Int32? { server.processID }

    /// Sends the server a signal, as a fault would.
    public func kill(_ signal: ServerSignal) {
        server.kill(signal)
    }

    /// Starts it again on its port, after a signal has ended it.
    public func restart() async throws {
        try await server.restart()
    }

    /// Ends it in order, and returns when its last process has ended and an ephemeral directory is removed.
    public func stop() async {
        await server.stop()
    }

    /// Every process that belongs to it, for tests of its end.
    var processIDs: [pid_t] { server.processIDs }
    var directory: ServerDirectory { server.directory }
}

extension PrivateRedis {
    private static func text(
        of configuration: Configuration, in directory: ServerDirectory, port: LoopbackPort, password: String
    ) -> String {
        let lines = [
            "bind 127.0.0.1",
            "port \(port.number)",
            "protected-mode yes",
            "requirepass \(password)",
            "dir \"\(directory.data)\"",
            "databases \(configuration.databases)",
            // The gate's keys are facts of a sale: an error is better than a key that is evicted silently.
            "maxmemory-policy noeviction",
            "appendonly \(configuration.durable ? "yes" : "no")",
            "appendfsync everysec",
            "save \"\"",
        ]
        return (lines + configuration.settings).joined(separator: "\n") + "\n"
    }

    /// The server is ready if it replies PONG after its password. Another server on the port refuses the password, and
    /// a server that still loads replies LOADING.
    private static func isReady(_ port: LoopbackPort, password: String) -> Bool {
        let question = "AUTH \(password)\r\nPING\r\n"
        return String(decoding: port.answer(to: Array(question.utf8)), as: UTF8.self).contains("+PONG")
    }
}
