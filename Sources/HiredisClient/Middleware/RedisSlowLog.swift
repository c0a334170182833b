// Writes a log line for each slow command, and for each failed one whose reason is of interest.

public import Logging
internal import Telemetry

/// Logs slow commands at warning and failed ones at debug, for the observer that counts them.
public struct RedisSlowLog: Sendable {
    private let threshold: UInt64
    private let logger: Logger

    /// - Parameter threshold: a command is slow if it takes this long or longer from call to reply.
    public init(threshold: Duration, logger: Logger) {
        self.threshold = threshold.wholeNanoseconds
        self.logger = logger
    }

    func note(_ command: RedisCommand, _ outcome: RedisOutcome) {
        if case .failure(let error) = outcome.result, !error.isNoScript {
            logger.debug("redis command failed", metadata: metadata(command, outcome, "\(error)"))
        } else if outcome.duration >= threshold {
            logger.warning("slow redis command", metadata: metadata(command, outcome, nil))
        }
    }

    private func metadata(_ command: RedisCommand, _ outcome: RedisOutcome, _ error: String?) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            "command": "\(command.label.rawValue)",
            "duration_ms": .stringConvertible(Double(outcome.duration) / 1_000_000),
            "queue_wait_ms": .stringConvertible(Double(outcome.queueWait) / 1_000_000),
            "socket_ms": .stringConvertible(Double(outcome.socketTime ?? 0) / 1_000_000),
        ]
        if let script = command.script { metadata["script"] = "\(script.rawValue)" }
        if let error { metadata["redis_error"] = "\(error)" }
        return metadata
    }
}
