// A server that is not fit: what the client says of it, and that it uses the server again as soon as it is fit.

import DevStack
import HiredisClient
import Telemetry
import Testing

@Suite(.timeLimit(.minutes(1))) struct ServerStateTests {
    /// A reply to a step of the handshake, and what the client makes of it.
    struct Refusal: Sendable, CustomTestStringConvertible {
        let command: String
        let reply: String
        let code: RedisError.Code
        let sentence: String

        init(_ command: String, _ reply: String, _ code: RedisError.Code, _ sentence: String) {
            (self.command, self.reply, self.code, self.sentence) = (command, reply, code, sentence)
        }

        /// A reply to INFO.
        init(info lines: String..., code: RedisError.Code, says sentence: String) {
            self.init("INFO", bulk(lines.joined(separator: "\r\n")), code, sentence)
        }

        var testDescription: String { sentence }
    }

    @Test(
        "A server that is not fit is refused with a sentence; no wait cures what an operator must set right",
        arguments: [
            Refusal(
                "PING", "-LOADING Redis is loading the dataset in memory\r\n", .connectionFailed,
                "Redis still loads its data (LOADING)"),
            Refusal(
                "PING", "-MASTERDOWN Link with MASTER is down\r\n", .connectionFailed,
                "Redis is a replica that has lost its master (MASTERDOWN)"),
            Refusal("PING", "-STRANGE thing\r\n", .connectionFailed, "PING was answered with STRANGE thing"),
            Refusal(
                "PING", "-NOAUTH Authentication required.\r\n", .configuration,
                "Redis asks for a password: put it into the URL"),
            Refusal(
                "INFO", "-NOPERM this user has no permissions to run the 'info' command\r\n", .configuration,
                "the Redis user lacks the right +info"),
            Refusal(
                "INFO", "-ERR unknown command 'INFO', with args beginning with: \r\n", .configuration,
                "Redis does not know the command INFO, or it is renamed"),
            Refusal(
                info: "redis_version:6.2.14", "run_id:a", "role:master", code: .configuration,
                says: "Redis 6.2.14 is too old: 7.0 or newer is needed"),
            Refusal(
                info: "redis_version:7.0.15", "run_id:a", "redis_mode:sentinel", code: .configuration,
                says: "is a sentinel: write redis+sentinel://"),
            Refusal(
                info: "redis_version:7.0.15", "run_id:a", "redis_mode:cluster", code: .configuration,
                says: "is a node of a cluster: write redis-cluster://"),
            Refusal(
                info: "redis_version:7.2.4", "run_id:a", "server_mode:sentinel", code: .configuration,
                says: "is a sentinel: write redis+sentinel://"),
            Refusal(
                info: "redis_version:7.2.4", "run_id:a", "server_mode:cluster", code: .configuration,
                says: "is a node of a cluster: write redis-cluster://"),
            Refusal(
                info: "redis_version:7.0.15", "run_id:a", "role:slave", code: .connectionFailed,
                says: "is a replica and cannot write"),
            Refusal(info: "role:master", code: .connectionFailed, says: "does not say its run_id and its version"),
        ])
    func refused(_ refusal: Refusal) async throws {
        try await ScriptedServer.run({ $0[0] == refusal.command ? refusal.reply : nil }) { server in
            try await withClient(server.url, waits: false) { client in
                let error = await redisError { () throws(RedisError) in try await client.meetServers() }
                #expect(error?.code == refusal.code)
                #expect(error?.message.contains(refusal.sentence) == true, "\(error?.message ?? "no error")")
            }
        }
    }

    @Test("A command of scripts that is renamed is named", arguments: ["SCRIPT", "EVALSHA"])
    func renamed(command: String) async throws {
        let unknown = "-ERR unknown command '\(command)', with args beginning with: \r\n"
        let replies = ["SCRIPT": bulk(String(repeating: "a", count: 40))].merging([command: unknown]) { $1 }
        try await ScriptedServer.run({ replies[$0[0]] }) { server in
            try await withClient(server.url, waits: false, configure: { $0.proof = Self.proof }) { client in
                let error = await redisError { () throws(RedisError) in try await client.meetServers() }
                #expect(error?.code == .configuration)
                #expect(error?.message == "Redis does not know the command \(command), or it is renamed")
            }
        }
    }

    @Test(
        "A client knows its server",
        arguments: [
            (["redis_version:7.2.4", "maxmemory_policy:noeviction"], "Redis 7.2.4", false),
            (["redis_version:7.2.4", "valkey_version:8.1.1", "maxmemory_policy:allkeys-lru"], "Valkey 8.1.1", true),
            (["redis_version:8.0.0"], "Redis 8.0.0", false),
        ])
    func known(lines: [String], program: String, evicts: Bool) async throws {
        let info = bulk((lines + ["run_id:abc", "role:master"]).joined(separator: "\r\n"))
        try await ScriptedServer.run({ $0[0] == "INFO" ? info : nil }) { server in
            try await withClient(server.url) { client in
                let known = try client.connectedServers.get()[0]
                #expect(known.program == program)
                #expect(known.runID == "abc")
                #expect(known.evictsKeys == evicts)
                #expect(server.url == "redis://\(known.address)")
            }
        }
    }

    @Test(
        "A refusal that speaks of the server ends the connection, another does not",
        arguments: [
            ("READONLY You can't write against a read only replica.", true), ("MASTERDOWN Link is down", true),
            ("LOADING Redis is loading", true), ("BUSY Redis is busy running a script", true),
            ("MISCONF Redis is configured to save", true), ("OOM command not allowed", true),
            ("NOREPLICAS Not enough good replicas to write.", true), ("NOAUTH Authentication required.", true),
            ("NOPERM this user has no permissions to run the 'set' command", true),
            ("ERR The user executing the script can't run this command or subcommand", true),
            ("ERR ACL failure in script: User app has no permissions to run the 'set' command", true),
            ("WRONGTYPE Operation against a key", false), ("ERR wrong number of arguments", false),
        ])
    func left(reply: String, isLeft: Bool) async throws {
        let replies = ["SET": "-\(reply)\r\n", "GET": "$-1\r\n"]
        try await ScriptedServer.run({ replies[$0[0]] }) { server in
            try await withClient(server.url) { client in
                let connection = try await client.connection()
                let refused = await redisError { () throws(RedisError) in
                    try await connection.send(.words("SET", "k", "v"))
                }
                #expect(refused?.code == .server(prefix: String(reply.prefix { $0 != " " })))
                let after = await redisError { () throws(RedisError) in try await connection.send(.words("GET", "k")) }
                #expect(after?.code == (isLeft ? .connectionLost : nil))
            }
        }
    }

    /// A state of a real server, and how it begins and ends.
    struct State: Sendable, CustomTestStringConvertible {
        let setting: String
        let bad: String
        let good: String
        let sentence: String
        var testDescription: String { sentence }
    }

    @Test(
        "A server that refuses writes is left, and used again when it takes them",
        arguments: [
            State(
                setting: "maxmemory", bad: "1", good: "0",
                sentence: "Redis refuses writes, because its memory is full (OOM)"),
            State(
                setting: "min-replicas-to-write", bad: "1", good: "0",
                sentence: "Redis refuses writes, because too few replicas follow it (NOREPLICAS)"),
        ])
    func writesRefused(_ state: State) async throws {
        let redis = try await PrivateRedis.start(.ephemeral)
        try await withClient(redis.url) { console in
            try await withClient(redis.url, configure: { $0.proof = Self.proof }) { client in
                try await client.prove(within: .seconds(10))
                _ = try await console.send(.words("CONFIG", "SET", state.setting, state.bad))
                let error = await redisError { () throws(RedisError) in try await client.prove(within: .seconds(10)) }
                #expect(error?.message == state.sentence)
                // Without a connection a call fails at once, with the reason.
                var later: RedisError?
                repeat {
                    try Task.checkCancellation()
                    later = await redisError { () throws(RedisError) in try await client.send(.words("GET", "k")) }
                } while later?.code != .connectionFailed
                #expect(later?.message == state.sentence)
                #expect(later?.isOutcomeUnknown == false)
                _ = try await console.send(.words("CONFIG", "SET", state.setting, state.good))
                try await client.waitUntilConnected(within: .seconds(20))
                try await client.prove(within: .seconds(10))
            }
        }
        await redis.stop()
    }

    private static let proof = RedisProof(
        RedisScript(
            .proof,
            source: """
                local reply = redis.pcall('set', KEYS[1], '', 'px', 1000)
                if type(reply) == 'table' and reply.err then return {'set', reply.err} end
                return 1
                """), key: { "{proof:\($0)}" })
}
