// One established connection to one run of one Redis server.
//
// Trust rule: a connection never changes servers. It learned the server's `run_id` when it opened and is thrown away
// when it ends. So after a check against `runID`, a command runs on that very server or not at all.

internal import NIOCore
internal import Synchronization
internal import Telemetry

/// A connection to one run of a Redis server.
public final class RedisConnection: Sendable {
    public let server: RedisServer
    /// The server's name for its run.
    public var runID: String { server.runID }

    private let wire: Wire
    private let chain: RedisChain
    private let commandTimeout: Duration
    private let proof: RedisProof?
    /// Nil if the server is no node of a cluster.
    private let slots: SlotWatch?
    /// The hashes of the scripts that this connection has loaded, by the script's index, as RESP bulk strings.
    private let hashes = Mutex<[[UInt8]?]>([])

    /// - Parameter server: whom the wire reaches.
    init(
        server: RedisServer, wire: Wire, chain: RedisChain, commandTimeout: Duration, proof: RedisProof?,
        slots: SlotWatch?
    ) {
        self.server = server
        self.wire = wire
        self.chain = chain
        self.commandTimeout = commandTimeout
        self.proof = proof
        self.slots = slots
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

    /// Tries whether the server lets the client do all that it needs, and ends the connection if not. A slot that is on
    /// its way to another node proves nothing.
    ///
    /// - Throws: `RedisError` with the reason as a sentence.
    public func prove(within timeout: Duration) async throws(RedisError) {
        guard let proof else { return }
        let key = proof.key { slots?.serves($0) ?? true }
        var arguments = RedisArguments()
        arguments.append(key)
        let reply: RedisReply
        do throws(RedisError) {
            reply = try await run(proof.script, keyCount: 1, arguments, within: timeout)
        } catch  where error.isOfSlot {
            return
        } catch {
            throw error.refusal(of: "EVALSHA", on: key)
        }
        guard let refused = reply.array?.compactMap(\.string), refused.count == 2 else { return }
        let refusal = RedisError(reply: refused[1]).refusal(of: refused[0], on: key)
        leave(because: refusal)
        throw refusal
    }

    private func deadline(within timeout: Duration?) -> NIODeadline { .now() + TimeAmount(timeout ?? commandTimeout) }

    private func send(_ command: RedisCommand, by deadline: NIODeadline) async throws(RedisError) -> RedisReply {
        var command = command
        command.deadline = deadline
        do throws(RedisError) {
            return try await chain(command, to: wire).result.get()
        } catch {
            if error.isOfServer { leave(because: error) }
            slots?.note(error)
            throw error
        }
    }

    /// Commands that wait get no reply from a server that is not fit.
    private func leave(because refusal: RedisError) {
        wire.close(RedisError(.connectionLost, refusal.message, underlying: refusal))
    }

    private func hash(of script: RedisScript) -> [UInt8]? {
        hashes.withLock { script.index < $0.count ? $0[script.index] : nil }
    }

    private func load(
        _ script: RedisScript, by deadline: NIODeadline, isShared: Bool
    ) async throws(RedisError) -> [UInt8] {
        var command = RedisCommand(.script, script: script.label, words: ["SCRIPT", "LOAD", script.source])
        command.isShared = isShared
        let reply: RedisReply
        do throws(RedisError) {
            reply = try await send(command, by: deadline)
        } catch {
            throw error.isOfUnknownCommand ? error.refusal(of: "SCRIPT") : error
        }
        guard let hash = reply.string, hash.utf8.count == 40 else {
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

// MARK: - For the lane

extension RedisConnection {
    /// Commands that wait for replies now.
    var commandsInFlight: Int { wire.load.inFlight.load(ordering: .relaxed) }

    /// Returns when the connection has ended, with the reason. Cancelling the task ends it.
    func closed() async -> RedisError {
        await wire.closed()
    }

    /// Ends it; commands that wait fail with the reason.
    func close(_ reason: RedisError) {
        wire.close(reason)
    }
}
