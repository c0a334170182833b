// What differs between the signals that wait in a queue: how they are written, and what is counted.

/// A signal whose items are sent in batches: spans by their traces, log records.
protocol BatchedSignal: Sendable {
    associatedtype Item: Sendable

    /// How much room an item takes, in what is counted: a trace counts as its spans.
    func weight(of item: Item) -> Int

    /// The body of a request.
    func encode(_ batch: [Item]) -> [UInt8]

    /// What waits now.
    func queued(_ weight: Int)

    func delivered(_ weight: Int)

    func dropped(_ weight: Int, _ reason: BatchDropReason)
}

/// Why items did not reach the collector.
enum BatchDropReason {
    case queueFull
    /// Given up, or nothing that the collector takes.
    case exportFailed
    /// Refused by a collector that took others of the same request.
    case rejected
    case shutdown
}
