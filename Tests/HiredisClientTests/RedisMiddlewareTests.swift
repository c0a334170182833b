// The metrics and log lines of commands.

import DevStack
import HiredisClient
import Logging
import Synchronization
import Telemetry
import Testing

@Suite(.timeLimit(.minutes(1))) struct RedisMiddlewareTests {
    @Test("Commands are counted and timed by their kind, errors by their class, writes by their size")
    func metrics() async throws {
        let metrics = Instruments().redis
        let url = try await TestServers.shared.redisURL()
        try await withClient(url, observer: RedisMetricsObserver(metrics)) { client in
            _ = try await client.send(RedisCommand(.set, ["SET", "k", "v"]))
            _ = try await client.send(RedisCommand(.get, ["GET", "k"]))
            _ = await redisError { () throws(RedisError) in try await client.send(.words("LPUSH", "k", "v")) }
            client.usage.show(on: metrics)
            #expect(metrics.connections.value(.idle) == 1)
            #expect(metrics.connectionsMax.value(NoLabels()) == 1)
            #expect(client.usage.commandsQueued == 0 && client.usage.commandsMax == 4_096)
        }
        #expect(metrics.commandDurationSeconds.count(.dial) == 1)
        // LPUSH, and what a new connection asks: AUTH and more.
        #expect(metrics.commandDurationSeconds.count(.other) >= 2)
        #expect(metrics.commandDurationSeconds.count(.set) == 1)
        #expect(metrics.commandDurationSeconds.count(.get) == 1)
        // One task sends one command at a time.
        let writes = metrics.pipelineCommands.count(NoLabels())
        #expect(writes >= 3 && metrics.pipelineCommands.sum(NoLabels()) == writes)
        #expect(metrics.errorsTotal.value(.wrongtype) == 1)
    }

    @Test("Timeouts, calls without a connection and reconnects are counted")
    func faults() async throws {
        let metrics = Instruments().redis
        let redis = try await PrivateRedis.start(.ephemeral)
        try await withClient(redis.url, observer: RedisMetricsObserver(metrics)) { client in
            _ = await redisError { () throws(RedisError) in
                try await client.send(.words("BLPOP", "none", "0"), within: .milliseconds(10))
            }
            #expect(metrics.timeoutsTotal.value == 1)
            #expect(metrics.errorsTotal.value(.timeout) == 1)
            redis.kill(.kill)
            while await redisError({ () throws(RedisError) in try await client.send(.words("PING")) })?.code
                != .connectionFailed
            {
                try Task.checkCancellation()
            }
            #expect(metrics.errorsTotal.value(.connection) > 0)
            try await redis.restart()
            while client.usage.reconnects == 0 {
                try Task.checkCancellation()
                try? await client.waitUntilConnected(within: .seconds(20))
            }
            client.usage.show(on: metrics)
            client.usage.show(on: metrics)
            #expect(metrics.reconnectsTotal.value == 1)
        }
        await redis.stop()
    }

    @Test("A long wait in the queue is a span in the waiting task's trace, a short one is not", arguments: [1, 3])
    func queueWait(milliseconds: Int) async throws {
        struct Waits: RedisMiddleware {
            let duration: UInt64

            func handle(_ command: RedisCommand, next: RedisNext) async -> RedisOutcome {
                var outcome = await next(command)
                outcome.queueWait = duration
                return outcome
            }
        }
        let instruments = Instruments()
        let tracer = Tracer(
            sampler: Sampler(root: .always, followsParent: true), slow: .seconds(60), instruments: instruments.tracing
        ) { _ in }
        let trace = tracer.begin(.request)
        try await withClient(
            try await TestServers.shared.redisURL(), middleware: [Waits(duration: UInt64(milliseconds) * 1_000_000)],
            observer: RedisMetricsObserver(instruments.redis, isTracing: true)
        ) { client in
            try await Trace.$current.withValue(trace) { _ = try await client.send(.words("PING")) }
        }
        trace.finish()
        let waits = trace.records.filter { $0.name == .poolWait }
        #expect(waits.count == (milliseconds > 1 ? 1 : 0))
        #expect(trace.records.contains { $0.name == .redisCommand })
        for wait in waits {
            #expect(wait.label(.pool) == "redis")
            #expect(wait.end.nanoseconds(since: wait.start) == 3_000_000)
        }
    }

    @Test("A slow command is logged with its kind and times, and without its keys or values")
    func slowLog() async throws {
        let lines = Mutex<[String]>([])
        let logger = Logger(label: "test") { _ in RecordingLogHandler { line in lines.withLock { $0.append(line) } } }
        let url = try await TestServers.shared.redisURL()
        let slowLog = RedisSlowLog(threshold: .zero, logger: logger)
        try await withClient(
            url, observer: RedisMetricsObserver(Instruments().redis, slowLog: slowLog)
        ) { client in
            _ = try await client.send(RedisCommand(.set, ["SET", "secret-key", "secret-value"]))
            _ = await redisError { () throws(RedisError) in
                try await client.send(.words("LPUSH", "secret-key", "secret-value"))
            }
        }
        let seen = lines.withLock { $0 }
        #expect(seen.contains { $0.hasPrefix("warning slow redis command") && $0.contains("command=set") })
        #expect(seen.contains { $0.hasPrefix("debug redis command failed") && $0.contains("WRONGTYPE") })
        #expect(!seen.contains { $0.contains("secret") })
    }

    @Test("A fast command is not logged")
    func fastEnough() async throws {
        let lines = Mutex<[String]>([])
        let logger = Logger(label: "test") { _ in RecordingLogHandler { line in lines.withLock { $0.append(line) } } }
        let url = try await TestServers.shared.redisURL()
        let patient = RedisSlowLog(threshold: .seconds(60), logger: logger)
        try await withClient(url, observer: RedisMetricsObserver(Instruments().redis, slowLog: patient)) {
            client in
            _ = try await client.send(.words("PING"))
        }
        #expect(lines.withLock { $0 } == [])
    }
}

/// Passes each line on as "level message key=value …".
private struct RecordingLogHandler: LogHandler {
    let record: @Sendable (String) -> Void
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .trace

    init(_ record: @escaping @Sendable (String) -> Void) {
        self.record = record
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let pairs = (event.metadata ?? [:]).map { "\($0.key)=\($0.value)" }.sorted()
        record((["\(event.level) \(event.message)"] + pairs).joined(separator: " "))
    }
}
