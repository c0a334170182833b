// A private Redis for `flashsale dev` and for the tests. It listens only on loopback, asks for a generated password,
// evicts nothing, and ends when this process ends.

public import Logging

/// A private Redis server.
public final class PrivateRedis: PrivateServer {
    /// How the server is set up.
    public struct Configuration: Sendable {
        public var place = ServerPlace()
        /// Keeps an append-only file, written to the disk every second; false keeps the data in memory alone.
        public var durable = true
        /// The numbered databases.
        public var databases = 16
        /// Further lines for redis.conf.
        public var settings: [String] = []
        /// Nil for a password that is generated.
        var password: String?
        /// What a node of a cluster knows of the cluster before it starts, as Redis keeps it (`nodes.conf`).
        var nodes: String?

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

    public let process: ServerProcess
    private let password: String

    private init(process: ServerProcess, password: String) {
        self.process = process
        self.password = password
    }

    /// Starts the server and waits until it answers.
    ///
    /// - Throws: ``DevStackError``: a missing program, a directory in use, a port in use, or a server that does not
    ///   come up, with the end of its log.
    public static func start(
        _ configuration: Configuration = Configuration(), logger: Logger = Logger(label: "flashsale.dev")
    ) async throws -> PrivateRedis {
        let program = try ServerProgram.find("redis-server", package: "redis-server")
        let (directory, lock) = try await configuration.place.open(name: "redis")
        try directory.make("data")
        if let nodes = configuration.nodes { try directory.write(nodes, to: "data/nodes.conf") }
        let password = try configuration.password ?? directory.password()
        let recipe = ServerRecipe(
            name: "Redis", stopSignal: .terminate, lastSignal: .terminate,
            command: { port in
                // In a file, because every user of the machine can read a command line.
                try directory.write(
                    text(of: configuration, in: directory, port: port, password: password), to: "redis.conf")
                // By its input, because Redis takes the path of a file for a pattern, and starts without one that it
                // does not match.
                return ["sh", "-c", #"exec "$0" - < "$1""#, program, directory.file("redis.conf")]
            },
            isReady: { isReady($0, password: password) })
        let process = try await ServerProcess.start(
            recipe, at: configuration.place, in: directory, lock: lock, logger: logger)
        return PrivateRedis(process: process, password: password)
    }

    /// The first kilobyte of the reply to a command in Redis's own notation of words; empty if there is none.
    public func reply(to command: String) -> String {
        let (question, allowed) = ("AUTH \(password)\r\n\(command)\r\n", "+OK\r\n")
        let answer = process.port.answer(to: Array(question.utf8), behind: allowed.utf8.count)
        return String(decoding: answer, as: UTF8.self)
    }

    /// The URL of database 0. It carries the password: show it to the developer, never to a log.
    public var url: String { url(of: 0) }

    /// The URL of a numbered database.
    public func url(of database: Int) -> String {
        "redis://:\(password)@\(Loopback.authority(port))/\(database)"
    }
}

extension PrivateRedis {
    private static func text(
        of configuration: Configuration, in directory: ServerDirectory, port: LoopbackPort, password: String
    ) -> String {
        let lines = [
            "bind \(Loopback.host)",
            "port \(port.number)",
            "protected-mode yes",
            "requirepass \(password)",
            "dir \(quoted(directory.data))",
            "databases \(configuration.databases)",
            // The gate's keys are facts of a sale: an error is better than a key that is evicted silently.
            "maxmemory-policy noeviction",
            "appendonly \(configuration.durable ? "yes" : "no")",
            "appendfsync everysec",
            "save \"\"",
        ]
        return (lines + configuration.settings).joined(separator: "\n") + "\n"
    }

    /// A word of redis.conf that may have any character.
    private static func quoted(_ text: String) -> String {
        "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
    }

    /// The server is ready if it replies PONG after its password. Another server on the port refuses the password, and
    /// a server that still loads replies LOADING.
    private static func isReady(_ port: LoopbackPort, password: String) -> Bool {
        let question = "AUTH \(password)\r\nPING\r\n"
        return String(decoding: port.answer(to: Array(question.utf8)), as: UTF8.self).contains("+PONG")
    }
}
