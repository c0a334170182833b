// One established connection to one run of one Redis server.
//
// Trust rule: a connection never changes servers. It learned the server's `run_id` when it opened and is thrown away
// when it ends. So after a check against `runID`, a command runs on that very server or not at all.

internal import NIOCore
internal import Synchronization
internal import Telemetry

public final class RedisConnection: Sendable {
    /// The server's name for its run: 40 hexadecimal digits that change with every restart.
    public let runID: String

    private let wire: Wire
    private let chain: RedisChain
    private let commandTimeout: Duration
    /// The hashes of the scripts that this connection has loaded, by the script's index, as RESP bulk strings.
    private let hashes = Mutex<[[UInt8]?]>([])

    private init(runID: String, wire: Wire, chain: RedisChain, commandTimeout: Duration) {
        self.runID = runID
        self.wire = wire
        self.chain = chain
        self.commandTimeout = commandTimeout
    }

    /// Sends a command and returns its reply.
    ///
    /// - Parameter timeout: how long to wait for it; nil for the configuration's `commandTimeout`.
    /// - Throws: `RedisError`; also if the server's reply is an error.
    public func send(_ command: RedisCommand, within timeout: Duration? = nil) async throws(RedisError) -> RedisReply {
        try await send(command, by: deadline(within: timeout))
    }

    /// Calls a script by its hash, loading it first where this server does not have it.
    ///
    /// - Parameters:
    ///   - keyCount: how many of the arguments, from the first, are keys.
    ///   - timeout: how long all of it may take; nil for the configuration's `commandTimeout`.
    ///   - isShared: whether others wait for the reply too: then the call goes on when the caller's task is cancelled.
    public func run(
        _ script: RedisScript, keyCount: Int, _ arguments: RedisArguments, within timeout: Duration? = nil,
        isShared: Bool = false
    ) async throws(RedisError) -> RedisReply {
        let deadline = deadline(within: timeout)
        let known = hash(of: script)
        let sha = if let known { known } else { try await load(script, by: deadline, isShared: isShared) }
        func call(_ sha: [UInt8]) async throws(RedisError) -> RedisReply {
            var command = RedisCommand.evalsha(script, sha: sha, keyCount: keyCount, arguments)
            command.isShared = isShared
            return try await send(command, by: deadline)
        }
        do throws(RedisError) {
            return try await call(sha)
        } catch  where error.isNoScript {
            return try await call(try await load(script, by: deadline, isShared: isShared))
        }
    }

    private func deadline(within timeout: Duration?) -> NIODeadline { .now() + TimeAmount(timeout ?? commandTimeout) }

    private func send(_ command: RedisCommand, by deadline: NIODeadline) async throws(RedisError) -> RedisReply {
        var command = command
        command.deadline = deadline
        do throws(RedisError) {
            return try await chain(command, to: wire).result.get()
        } catch {
            // The server has become a replica. The next connection finds a master, or says that there is none.
            if error.isOfReplica { wire.close() }
            throw error
        }
    }

    private func hash(of script: RedisScript) -> [UInt8]? {
        hashes.withLock { script.index < $0.count ? $0[script.index] : nil }
    }

    private func load(
        _ script: RedisScript, by deadline: NIODeadline, isShared: Bool
    ) async throws(RedisError) -> [UInt8] {
        var command = RedisCommand(.script, script: script.label, words: ["SCRIPT", "LOAD", script.source])
        command.isShared = isShared
        guard let hash = try await send(command, by: deadline).string, hash.utf8.count == 40 else {
            throw RedisError(.protocol, "SCRIPT LOAD did not return a hash")
        }
        let bulk = Array("$40\r\n\(hash)\r\n".utf8)
        hashes.withLock { hashes in
            if hashes.count <= script.index {
                hashes.append(contentsOf: repeatElement(nil, count: script.index + 1 - hashes.count))
            }
            hashes[script.index] = bulk
        }
        return bulk
    }
}

// MARK: - Opening, for the lane

extension RedisConnection {
    /// Commands that wait for replies now.
    var commandsInFlight: Int { wire.load.inFlight.load(ordering: .relaxed) }

    /// Connects, authenticates, selects the database and learns the server's `run_id`. A replica is refused.
    ///
    /// It sends PING because a server that still loads its data replies to INFO, but not to PING.
    static func open(
        _ configuration: RedisConfiguration, chain: RedisChain, on eventLoop: any EventLoop
    ) async throws(RedisError) -> RedisConnection {
        let dial = Dial(configuration, observer: chain.observer, on: eventLoop)
        _ = try await chain(.dial, to: dial).result.get()
        guard let wire = dial.wire else { throw RedisError(.connectionFailed, "a middleware did not dial") }
        do throws(RedisError) {
            let runID = try await handshake(configuration) { command async throws(RedisError) in
                var command = command
                command.deadline = .now() + TimeAmount(configuration.connectTimeout)
                return try await chain(command, to: wire).result.get()
            }
            return RedisConnection(
                runID: runID, wire: wire, chain: chain, commandTimeout: configuration.commandTimeout)
        } catch {
            wire.close()
            throw error
        }
    }

    /// Returns when the connection has ended, with the reason. Cancelling the task ends it.
    func closed() async -> RedisError {
        await wire.closed()
    }

    private static func handshake(
        _ configuration: RedisConfiguration, send: (RedisCommand) async throws(RedisError) -> RedisReply
    ) async throws(RedisError) -> String {
        /// Sends one step. The server's objection is named by its first word.
        func step(_ label: RedisCommandLabel, _ words: [String]) async throws(RedisError) -> RedisReply {
            do throws(RedisError) {
                return try await send(RedisCommand(label, words))
            } catch {
                let message = "\(words[0]) was answered with \(error.code.name)"
                throw RedisError(.connectionFailed, message, underlying: error)
            }
        }
        if let password = configuration.password {
            _ = try await step(.auth, ["AUTH"] + [configuration.user, password].compactMap { $0 })
        }
        _ = try await step(.ping, ["PING"])
        if configuration.database != 0 { _ = try await step(.select, ["SELECT", String(configuration.database)]) }
        let info = try await step(.other, ["INFO", "server", "replication"]).string ?? ""
        let lines = info.split(whereSeparator: \.isNewline)
        if lines.contains("role:slave") {
            throw RedisError(.connectionFailed, "the server is a replica and cannot write")
        }
        guard let line = lines.first(where: { $0.hasPrefix("run_id:") }) else {
            throw RedisError(.connectionFailed, "the server does not name its run_id")
        }
        return String(line.dropFirst("run_id:".count))
    }
}
