// Records every command in the Redis family of metrics, as a span of its request, and in the log if it was slow.

public import Telemetry

/// Counts, times and traces commands, as their callers see them.
public struct RedisMetricsObserver: RedisObserver {
    private static let shortWait = WaitedPool.shortWait.wholeNanoseconds

    private let instruments: RedisInstruments
    private let isTracing: Bool
    private let slowLog: RedisSlowLog?

    /// - Parameters:
    ///   - isTracing: whether commands are recorded in the trace of their task.
    ///   - slowLog: is told of every command; nil logs none.
    public init(_ instruments: RedisInstruments, isTracing: Bool = false, slowLog: RedisSlowLog? = nil) {
        self.instruments = instruments
        self.isTracing = isTracing
        self.slowLog = slowLog
    }

    public func ended(_ command: RedisCommand, _ outcome: RedisOutcome) {
        slowLog?.note(command, outcome)
        let exemplar = isTracing ? Trace.current.flatMap { record(command, outcome, in: $0) } : nil
        if let socketTime = outcome.socketTime {
            instruments.commandDurationSeconds.observe(socketTime, command.label, exemplar: exemplar)
            instruments.queueWaitDurationSeconds.observe(outcome.queueWait, NoLabels())
        }
        switch outcome.result {
        case .success:
            if command.label == .script, let script = command.script { instruments.scriptLoadsTotal.increment(script) }
        case .failure(let error):
            observe(error)
        }
    }

    public func wrote(_ commandCount: Int) {
        instruments.pipelineCommands.observe(UInt64(commandCount))
    }

    private func record(_ command: RedisCommand, _ outcome: RedisOutcome, in trace: Trace) -> Exemplar? {
        // The outcome has the command's duration, so its beginning needed no reading of the clock.
        let end = MonotonicTime.now
        let start = MonotonicTime(nanoseconds: end.nanoseconds &- outcome.duration)
        if outcome.queueWait > Self.shortWait {
            trace.record(.poolWait, from: start, to: start.advanced(byNanoseconds: outcome.queueWait)) { span in
                span.set(.pool, WaitedPool.redis)
            }
        }
        return trace.record(.redisCommand, from: start, to: end) { span in
            span.peer = .redis
            span.set(.redisCommand, command.label)
            if let script = command.script { span.set(.redisScript, script) }
            // A script that the server does not know yet is loaded and called again: an event of every start.
            guard case .failure(let error) = outcome.result, !error.isNoScript else { return }
            span.isError = true
            span.set(.redisError, RedisErrorClass(error.code))
            if case .server(let prefix) = error.code { span.set(.serverStatus, PackedText(prefix).packed) }
        }
    }

    private func observe(_ error: RedisError) {
        // A cancelled call is no failure of Redis.
        guard error.code != .cancelled else { return }
        instruments.errorsTotal.increment(RedisErrorClass(error.code))
        if error.code == .deadlineExceeded { instruments.timeoutsTotal.increment() }
    }
}

extension RedisErrorClass {
    /// The class under which an error is counted.
    init(_ code: RedisError.Code) {
        switch code {
        case .connectionFailed, .connectionLost: self = .connection
        case .deadlineExceeded: self = .timeout
        case .protocol: self = .protocol
        case .server(prefix: "NOSCRIPT"): self = .noscript
        case .server(prefix: "OOM"): self = .oom
        case .server(prefix: "LOADING"): self = .loading
        case .server(prefix: "READONLY"): self = .readonly
        case .server(prefix: "WRONGTYPE"): self = .wrongtype
        case .server, .queueFull, .cancelled, .configuration: self = .other
        }
    }
}

extension RedisUsage {
    /// Sets the gauges of the client's connections. Call it before each scrape, on one thread at a time.
    public func show(on instruments: RedisInstruments) {
        instruments.connections.set(connectionsActive, .active)
        instruments.connections.set(connectionsIdle, .idle)
        instruments.connectionsMax.set(connectionsMax)
        instruments.commandsQueued.set(commandsQueued)
        let counted = instruments.reconnectsTotal.value(NoLabels())
        if UInt64(reconnects) > counted { instruments.reconnectsTotal.increment(by: UInt64(reconnects) - counted) }
    }
}
