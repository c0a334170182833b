// A private Postgres for `flashsale dev` and for the tests. initdb makes it in its own directory. It listens only on
// loopback, asks for a generated password, and ends when this process ends.
//
// It has no Unix socket, so no path can be too long and no other user can reach it. Its shared memory files are in its
// data directory. This file runs Postgres' tools and no SQL.

import FoundationEssentials
import Glibc
public import Logging
import Synchronization

/// A private Postgres server with one superuser `flashsale` and one database `flashsale`.
public final class PrivatePostgres: PrivateServer {
    /// How the server is set up.
    public struct Configuration: Sendable {
        public var place = ServerPlace()
        /// False saves the wait for the disk: a crash of the machine may then lose data, a crash of Postgres does not.
        public var durable = true
        /// The most connections.
        public var connectionsMax = 100
        /// The size of Postgres' cache. 256 MB hold the rows and indexes of a sale of a million units. Only used pages
        /// take memory.
        public var sharedBuffers = "256MB"
        /// Further settings, by their names in postgresql.conf.
        public var settings: [String: String] = [:]

        public init() {}

        /// For tests: ephemeral, not durable, small.
        public static var ephemeral: Configuration {
            var configuration = Configuration()
            configuration.durable = false
            configuration.sharedBuffers = "64MB"
            return configuration
        }
    }

    public let process: ServerProcess
    private let account: PostgresAccount
    private let programs: String
    private let password: String

    private init(process: ServerProcess, account: PostgresAccount, programs: String, password: String) {
        self.process = process
        self.account = account
        self.programs = programs
        self.password = password
    }

    /// Makes the database cluster if there is none yet, starts the server, and waits until it answers.
    ///
    /// - Parameter primary: the server whose standby this one is; nil if it is none.
    /// - Throws: ``DevStackError``: a missing program, a directory in use, a port in use, or a server that does not
    ///   come up, with the end of its log.
    public static func start(
        _ configuration: Configuration = Configuration(), standbyOf primary: PrivatePostgres? = nil,
        logger: Logger = Logger(label: "flashsale.dev")
    ) async throws -> PrivatePostgres {
        let account = try await PostgresAccount.current()
        let (directory, lock) = try await configuration.place.open(name: "postgres")
        let version = directory.text("data/PG_VERSION").flatMap { Int($0.prefix { $0.isNumber }) }
        let programs = try ServerProgram.postgres(version: version)
        let password = try primary?.password ?? directory.password()
        try account.own(directory.path)
        if version == nil {
            try await initialise(
                directory, configuration, standbyOf: primary, account: account, programs: programs, lock: lock)
        }
        let recipe = ServerRecipe(
            name: "Postgres", stopSignal: .interrupt, lastSignal: .quit,
            command: { port in
                // This process holds the lock, so no Postgres runs here, and the file is left from a crash.
                try directory.remove("data/postmaster.pid")
                return account.prefix + ["\(programs)/postgres", "-D", directory.data]
                    + arguments(of: configuration, port: port)
            },
            isReady: { isReady(directory, port: $0) })
        let process = try await ServerProcess.start(
            recipe, at: configuration.place, in: directory, lock: lock, logger: logger)
        let postgres = PrivatePostgres(process: process, account: account, programs: programs, password: password)
        if version == nil, primary == nil { try await postgres.createDatabase(user) }
        return postgres
    }

    /// The URL of the database `flashsale`. It carries the password: show it to the developer, never to a log.
    public var url: String { url(of: Self.user) }

    /// The URL of one of the server's databases.
    public func url(of database: String) -> String {
        "postgres://\(Self.user):\(password)@\(Loopback.authority(port))/\(database)"
    }

    /// Creates a database as a copy of another one, to which nobody may be connected.
    ///
    /// - Returns: the new database's URL.
    @discardableResult
    public func createDatabase(_ name: String, template: String = "template0") async throws -> String {
        try await run("createdb", ["--template=\(template)", name])
        return url(of: name)
    }

    /// Drops a database and ends the connections to it.
    public func dropDatabase(_ name: String) async throws {
        try await run("dropdb", ["--force", "--if-exists", name])
    }
}

extension PrivatePostgres {
    private static let user = "flashsale"

    /// Makes the cluster in another place and moves it when it is complete, so that no start finds a half-made one.
    private static func initialise(
        _ directory: ServerDirectory, _ configuration: Configuration, standbyOf primary: PrivatePostgres?,
        account: PostgresAccount, programs: String, lock: DirectoryLock
    ) async throws {
        try directory.remove("data")
        try directory.remove("data.new")
        var command = account.prefix
        if let primary {
            command += ["\(programs)/pg_basebackup", "--write-recovery-conf", "--checkpoint=fast"] + primary.connection
        } else {
            try account.own(directory.file("password"))
            command += [
                "\(programs)/initdb", "--username=\(user)", "--pwfile=\(directory.file("password"))",
                "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-instructions",
            ]
        }
        command.append("--pgdata=\(directory.file("data.new"))")
        if !configuration.durable { command.append("--no-sync") }
        try await tool(
            command, environment: primary.map { ["PGPASSWORD": $0.password] } ?? [:], in: directory, lock: lock)
        guard rename(directory.file("data.new"), directory.data) == 0 else {
            throw DevStackError.system("\(directory.data) cannot be put in place", errno)
        }
    }

    private static func arguments(of configuration: Configuration, port: LoopbackPort) -> [String] {
        var settings = [
            "listen_addresses": Loopback.host,
            "port": String(port.number),
            "unix_socket_directories": "",
            "dynamic_shared_memory_type": "mmap",
            "max_connections": String(configuration.connectionsMax),
            "shared_buffers": configuration.sharedBuffers,
            "synchronous_commit": "on",
        ]
        if !configuration.durable {
            settings["fsync"] = "off"
            settings["full_page_writes"] = "off"
        }
        return settings.merging(configuration.settings) { $1 }.sorted { $0.key < $1.key }
            .flatMap { ["-c", "\($0.key)=\($0.value)"] }
    }

    /// The server is ready if the postmaster's file says so and the port asks for a password. The file tells this
    /// server from another one on the same port.
    private static func isReady(_ directory: ServerDirectory, port: LoopbackPort) -> Bool {
        let lines = (directory.text("data/postmaster.pid") ?? "").split(
            separator: "\n", omittingEmptySubsequences: false)
        guard lines.count > 7, lines[7].hasPrefix("ready") else { return false }
        let body: [UInt8] = [0, 3, 0, 0] + Array("user\0\(user)\0\0".utf8)
        let length = UInt8(body.count + 4)
        return port.answer(to: [0, 0, 0, length] + body).first == UInt8(ascii: "R")
    }

    private var connection: [String] { ["--host=\(Loopback.host)", "--port=\(port)", "--username=\(Self.user)"] }

    private func run(_ program: String, _ arguments: [String]) async throws {
        try await Self.tool(
            ["\(programs)/\(program)"] + connection + arguments, environment: ["PGPASSWORD": password],
            in: directory)
    }

    /// Runs one of Postgres' tools to its end, under a watcher, as the server runs.
    private static func tool(
        _ command: [String], environment: [String: String] = [:], in directory: ServerDirectory,
        lock: DirectoryLock? = nil
    ) async throws {
        let log = "tool-\(UInt64.random(in: 0 ... .max)).log"
        defer { try? directory.remove(log) }
        let process = try WatchedProcess(
            command, lastSignal: .terminate, environment: environment, output: directory.file(log), lock: lock)
        let status = await process.watcher.end(within: toolDeadline)
        try Task.checkCancellation()
        guard status == 0 else {
            let name = command.first { $0.hasPrefix("/") && $0.contains("/bin/") } ?? command[0]
            let how = status.map { "failed with status \($0)" } ?? "did not end within \(toolDeadline)"
            throw DevStackError(.commandFailed, "\(name) \(how).", logTail: directory.tail(of: log))
        }
    }

    private static let toolDeadline = Duration.seconds(60)
}
