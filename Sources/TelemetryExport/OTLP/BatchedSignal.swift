// The differences between signals that wait in a queue: how they are written, and what they count.

/// A signal whose items are sent in batches: spans by their traces, log records.
protocol BatchedSignal: Sendable {
    associatedtype Item: Sendable

    /// The weight of an item: a trace weighs its spans.
    func weight(of item: Item) -> Int

    /// The body of a request.
    func encode(_ batch: [Item]) -> [UInt8]

    /// Sets the gauge of the waiting items.
    func queued(_ weight: Int)

    func delivered(_ weight: Int)

    func dropped(_ weight: Int, _ reason: BatchDropReason)
}

/// Why items did not reach the collector.
enum BatchDropReason {
    case queueFull
    /// Given up, or refused by the collector as a whole.
    case exportFailed
    /// Refused by a collector that accepted others of the same export.
    case rejected
    case shutdown
}
