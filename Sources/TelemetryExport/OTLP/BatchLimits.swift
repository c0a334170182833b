// How much of a signal waits for its export, and for how long.

/// The limits of a batch processor, as OpenTelemetry calls what gathers spans and log records into requests.
public struct BatchLimits: Sendable, Equatable {
    /// The most that may wait: spans or log records.
    public var queueMax: Int
    /// The most that one request carries; when this much waits it is sent at once.
    public var batchMax: Int
    /// The time after which a smaller batch is sent.
    public var interval: Duration
    /// The time for a batch, all tries included.
    public var timeout: Duration

    /// OpenTelemetry's own.
    public static let ofSpans = BatchLimits(
        queueMax: 2_048, batchMax: 512, interval: .seconds(5), timeout: RetryPolicy.timeMax)
    /// OpenTelemetry's own.
    public static let ofRecords = BatchLimits(
        queueMax: 2_048, batchMax: 512, interval: .seconds(1), timeout: RetryPolicy.timeMax)
}
