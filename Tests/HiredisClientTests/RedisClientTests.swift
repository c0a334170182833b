// The client against a real server of its own.

import DevStack
import HiredisClient
import NIOCore
import Synchronization
import Telemetry
import Testing
import Textbook

@Suite(.timeLimit(.minutes(2))) struct RedisClientTests {
    @Test("Values of any bytes come back unchanged")
    func roundTrip() async throws {
        try await withRedis { redis, client in
            _ = try await client.send(RedisCommand(.set, ["SET", "k", "a\u{0}b\r\nü"]))
            #expect(try await client.send(RedisCommand(.get, ["GET", "k"])).string == "a\u{0}b\r\nü")
            #expect(try await client.send(RedisCommand(.get, ["GET", ""])) == .null)
            let big = String(repeating: "x", count: 3_000_000)
            _ = try await client.send(RedisCommand(.set, ["SET", "big", big]))
            #expect(try await client.send(RedisCommand(.get, ["GET", "big"])).bytes?.count == 3_000_000)
        }
    }

    @Test("A thousand callers each get their own reply", arguments: [1, 2])
    func manyCallers(loops: Int) async throws {
        try await withRedis(loops: loops) { redis, client in
            try await withThrowingTaskGroup { group in
                for number in 0..<1_000 {
                    group.addTask {
                        let text = String(number)
                        let reply = try await client.send(.words("ECHO", text))
                        #expect(reply.string == text)
                    }
                }
                try await group.waitForAll()
            }
            let usage = client.usage
            #expect(usage.connectionsIdle == loops)
            #expect(usage.connectionsMax == loops)
            #expect(usage.commandsQueued == 0)
        }
    }

    @Test("What a turn of the event loop brings goes out in one write")
    func sharedWrite() async throws {
        let recorder = Recorder()
        try await withRedis(observer: recorder) { _, client in
            let loop = client.eventLoops[0]
            let callers = try await loop.submit {
                (0..<3).map { _ in
                    Task(executorPreference: LoopExecutor(loop)) { try await client.send(.words("PING")) }
                }
            }.get()
            for caller in callers { _ = try await caller.value }
            #expect(recorder.writes.last == 3)
        }
    }

    @Test("An error reply is thrown with its prefix")
    func serverError() async throws {
        try await withRedis { redis, client in
            _ = try await client.send(.words("SET", "k", "v"))
            let error = await redisError { () throws(RedisError) in try await client.send(.words("LPUSH", "k", "v")) }
            #expect(error?.code == .server(prefix: "WRONGTYPE"))
        }
    }

    @Test("A server that becomes a replica is left, and is used again when it is a master")
    func replica() async throws {
        try await withRedis { redis, client in
            try await withClient(redis.url) { other in
                let (connection, console) = (try await client.connection(), try await other.connection())
                _ = try await console.send(.words("REPLICAOF", "127.0.0.1", "1"))
                let demoted = await redisError { () throws(RedisError) in
                    try await connection.send(.words("SET", "k", "v"))
                }
                #expect(demoted?.code == .server(prefix: "READONLY"))
                // The connection is lost first; then every attempt to connect fails.
                var refused: RedisError?
                repeat {
                    try Task.checkCancellation()
                    refused = await redisError { () throws(RedisError) in
                        try await client.send(.words("SET", "k", "v"))
                    }
                } while refused?.code != .connectionFailed
                _ = try await console.send(.words("REPLICAOF", "NO", "ONE"))
                try await client.waitUntilConnected(within: .seconds(20))
                _ = try await client.send(.words("SET", "k", "v"))
            }
        }
    }

    @Test("A connection knows the run_id of its server, and a restarted server has another")
    func runID() async throws {
        try await withRedis { redis, client in
            let before = try await client.connection()
            let info = try await before.send(.words("INFO", "server")).string ?? ""
            #expect(before.runID.utf8.count == 40 && info.contains(before.runID))
            redis.kill(.kill)
            try await redis.restart()
            try await reconnected(client, times: 1)
            #expect(try await client.connection().runID != before.runID)
            let error = await redisError { () throws(RedisError) in try await before.send(.words("PING")) }
            #expect(error?.code == .connectionLost)
            #expect(error?.isOutcomeUnknown == false)
        }
    }

    @Test("Without a server a call fails at once, and the client reconnects when the server is back")
    func reconnects() async throws {
        try await withRedis { redis, client in
            let connection = try await client.connection()
            redis.kill(.kill)
            let inFlight = await redisError { () throws(RedisError) in
                try await connection.send(.words("BLPOP", "none", "0"))
            }
            #expect(inFlight?.code == .connectionLost)
            try await redis.restart()
            try await reconnected(client, times: 1)
            #expect(try await client.send(.words("PING")) == .status("PONG"))
        }
    }

    @Test("The client reports every new connection, so that lost data can be loaded at once")
    func tellsOfConnections() async throws {
        let redis = try await PrivateRedis.start(.ephemeral)
        let (connections, connected) = AsyncStream.makeStream(of: Void.self)
        try await withClient(redis.url, whenConnected: { connected.yield() }) { _ in
            var seen = 0
            for await _ in connections {
                seen += 1
                if seen == 2 { break }
                redis.kill(.kill)
                try await redis.restart()
            }
            #expect(seen == 2)
        }
        await redis.stop()
    }

    @Test("The client soon notices a server that is back, however long it was away")
    func noticesSoon() throws {
        let redis = try RedisConfiguration(url: "redis://127.0.0.1:6379")
        #expect(redis.backoff.maximum <= .milliseconds(100))
    }

    // BLPOP on a missing list blocks its connection for the given number of seconds.

    @Test("A call ends at its deadline, and its late reply reaches no other call")
    func deadline() async throws {
        try await withRedis { redis, client in
            let error = await redisError { () throws(RedisError) in
                try await client.send(.words("BLPOP", "none", "0.2"), within: .milliseconds(20))
            }
            #expect(error?.code == .deadlineExceeded)
            #expect(error?.isOutcomeUnknown == true)
            let reply = try await client.send(.words("ECHO", "mine"))
            #expect(reply.string == "mine")
        }
    }

    @Test("A loop that lags does not make a server late that replied in time", arguments: [true, false])
    func lag(isBeforeTheCall: Bool) async throws {
        try await withRedis { redis, client in
            let loop = client.eventLoops[0]
            let work: @Sendable () -> Void = {
                let end = NIODeadline.now() + .milliseconds(500)
                while .now() < end {}
            }
            let (begun, beginning) = AsyncStream.makeStream(of: Void.self)
            loop.execute {
                beginning.finish()
                if isBeforeTheCall { work() }
            }
            for await _ in begun {}
            let call = Task { try await client.send(.words("PING"), within: .milliseconds(200)) }
            // The command is written, and its reply waits in the socket for the end of this.
            if !isBeforeTheCall { loop.execute { loop.execute(work) } }
            let reply = try await call.value
            #expect(reply == .status("PONG"))
        }
    }

    @Test("A cancelled caller stops waiting")
    func cancellation() async throws {
        try await withRedis { redis, client in
            let call = Task {
                await redisError { () throws(RedisError) in try await client.send(.words("BLPOP", "none", "0.2")) }
            }
            call.cancel()
            #expect(await call.value?.code == .cancelled)
            let reply = try await client.send(.words("PING"))
            #expect(reply == .status("PONG"))
        }
    }

    @Test("Commands beyond the queue's limit are refused at once")
    func queueFull() async throws {
        try await withRedis(configure: { $0.maxQueuedCommands = 3 }) { redis, client in
            let codes = await withTaskGroup(of: RedisError?.self) { group in
                for _ in 0..<10 {
                    group.addTask {
                        await redisError { () throws(RedisError) in
                            try await client.send(.words("BLPOP", "none", "0"), within: .seconds(50))
                        }
                    }
                }
                var codes: [RedisError.Code?] = []
                for await error in group {
                    codes.append(error?.code)
                    if codes.count == 7 { group.cancelAll() }
                }
                return codes
            }
            #expect(codes.prefix(7).allSatisfy { $0 == .queueFull })
            #expect(codes.dropFirst(7) == [.cancelled, .cancelled, .cancelled])
        }
    }

    @Test("A script is loaded before its first call, and again when the server has lost it")
    func scripts() async throws {
        let seen = Recorder()
        try await withRedis(observer: seen) { redis, client in
            let script = RedisScript(.fetch, source: "return {KEYS[1], ARGV[1]}")
            var arguments = RedisArguments()
            arguments.append("key")
            arguments.append(42)
            let expected = RedisReply.array([.bulk(Array("key".utf8)), .bulk(Array("42".utf8))])
            #expect(try await client.run(script, keyCount: 1, arguments) == expected)
            #expect(try await client.run(script, keyCount: 1, arguments) == expected)
            _ = try await client.send(.words("SCRIPT", "FLUSH"))
            #expect(try await client.run(script, keyCount: 1, arguments) == expected)
        }
        // The connection with its handshake; load and call; call; the flush; call, load and call again.
        #expect(
            seen.labels == [
                .dial, .auth, .ping, .other, .script, .evalsha, .evalsha, .other, .evalsha, .script, .evalsha,
            ])
    }

    @Test("A caller on an event loop uses that loop's own connection")
    func ownConnection() async throws {
        try await withRedis(loops: 3) { redis, client in
            var connections: Set<ObjectIdentifier> = []
            for _ in 0..<3 { connections.insert(ObjectIdentifier(try await client.connection())) }
            #expect(connections.count == 3)
            for loop in client.eventLoops {
                // A task on the loop's executor stands for a request that the loop serves.
                let ids = try await Task(executorPreference: loop.testExecutor) {
                    var ids: Set<ObjectIdentifier> = []
                    for _ in 0..<3 { ids.insert(ObjectIdentifier(try await client.connection())) }
                    return ids
                }.value
                #expect(ids.count == 1)
            }
        }
    }

    @Test("Connections end with the client's task")
    func shutdown() async throws {
        let redis = try await PrivateRedis.start(.ephemeral)
        let client = try await withClient(redis.url) { $0 }
        let error = await redisError { () throws(RedisError) in try await client.send(.words("PING")) }
        #expect(error?.code == .connectionFailed)
        await redis.stop()
    }
}

/// Runs a server and a client of it for as long as the body does.
private func withRedis(
    loops: Int = 1, observer: (any RedisObserver)? = nil, configure: (inout RedisConfiguration) -> Void = { _ in },
    _ body: (PrivateRedis, RedisClient) async throws -> Void
) async throws {
    let redis = try await PrivateRedis.start(.ephemeral)
    try await withClient(redis.url, loops: loops, observer: observer, configure: configure) { client in
        try await body(redis, client)
    }
    await redis.stop()
}

/// Waits until the client has reconnected so many times.
private func reconnected(_ client: RedisClient, times: Int) async throws {
    while client.usage.reconnects < times {
        try Task.checkCancellation()
        try? await client.waitUntilConnected(within: .seconds(20))
    }
}
