// The Redis client's instruments: every command, every lock, every connection.
//
// Conservation: for each lock type, attempts = success + Σ failure.

/// The Redis family. A property is named like its metric without the group's prefix.
public final class RedisInstruments: Sendable {
    /// From the write to the reply; time in the queue is in ``queueWaitDurationSeconds``.
    public let commandDurationSeconds: Histogram<RedisCommandLabel>
    public let lockAttemptsTotal: Counter<LockType>
    public let lockSuccessTotal: Counter<LockType>
    public let lockFailureTotal: Counter<LockFailureLabels>
    /// From acquire to release.
    public let lockDurationSeconds: Histogram<LockType>
    public let lockWaitDurationSeconds: Histogram<LockType>
    public let locksHeld: Gauge<LockType>
    /// Releases that found another's token, or none.
    public let lockLostTotal: Counter<LockLossLabels>
    public let errorsTotal: Counter<RedisErrorClass>
    public let connections: Gauge<ConnectionState>
    public let connectionsMax: Gauge<NoLabels>
    public let commandsQueued: Gauge<NoLabels>
    public let queueWaitDurationSeconds: Histogram<NoLabels>
    public let timeoutsTotal: Counter<NoLabels>
    public let reconnectsTotal: Counter<NoLabels>
    public let pipelineCommands: Histogram<NoLabels>
    public let scriptLoadsTotal: Counter<ScriptLabel>

    init(_ catalogue: inout Catalogue) {
        commandDurationSeconds = catalogue.histogram(
            "redis_command_duration_seconds", "Duration of a Redis command in seconds, without its wait.", .redis,
            only: RedisCommandLabel.used, keepsExemplars: true)
        lockAttemptsTotal = catalogue.counter("redis_lock_attempts_total", "Attempts to acquire a lock.")
        lockSuccessTotal = catalogue.counter("redis_lock_success_total", "Locks acquired.")
        lockFailureTotal = catalogue.counter(
            "redis_lock_failure_total", "Locks not acquired, by reason.")
        lockDurationSeconds = catalogue.histogram(
            "redis_lock_duration_seconds", "How long a lock was held in seconds.", .locks)
        lockWaitDurationSeconds = catalogue.histogram(
            "redis_lock_wait_duration_seconds", "Time spent waiting for a lock in seconds.", .redis)
        locksHeld = catalogue.gauge("redis_locks_held", "Locks held by this process.")
        lockLostTotal = catalogue.counter(
            "redis_lock_lost_total", "Locks that had expired or belonged to another when they were released.")
        errorsTotal = catalogue.counter(
            "redis_errors_total", "Redis commands that failed, by class of the error.")
        connections = catalogue.gauge("redis_connections", "Redis connections, by state.")
        connectionsMax = catalogue.gauge("redis_connections_max", "Redis connections allowed.")
        commandsQueued = catalogue.gauge("redis_commands_queued", "Redis commands waiting to be sent or answered.")
        queueWaitDurationSeconds = catalogue.histogram(
            "redis_queue_wait_duration_seconds", "Time from asking for a command to writing it in seconds.", .redis)
        timeoutsTotal = catalogue.counter("redis_timeouts_total", "Redis commands not answered in time.")
        reconnectsTotal = catalogue.counter("redis_reconnects_total", "Redis connections opened again.")
        pipelineCommands = catalogue.histogram(
            "redis_pipeline_commands", "Commands in one write.", unit: .none, .pipelines)
        scriptLoadsTotal = catalogue.counter(
            "redis_script_loads_total", "Scripts sent because the server did not know them.")
    }
}
