// Sends items to the collector in the background.
//
//     export ──room──► queue ──enough of them, or the interval──► batch ──► delivery
//        └ full: dropped
//
// Trust rule: the caller that gives an item never waits and never allocates. A collector that is slow, dead or hostile
// costs items, which are counted, and nothing else. One request is under way at a time.

internal import Synchronization

/// Sends one signal to its collector in batches.
final class BatchExporter<Signal: BatchedSignal>: Sendable {
    private let signal: Signal
    private let delivery: CollectorDelivery
    private let batchMax: Int
    private let rounds: ExportRounds
    private let queue: Mutex<ExportQueue<Signal.Item>>
    private let isStopped = Atomic<Bool>(false)

    /// - Parameter limits: of the items' weights.
    init(_ signal: Signal, delivery: CollectorDelivery, limits: BatchLimits) {
        self.signal = signal
        self.delivery = delivery
        batchMax = limits.batchMax
        rounds = ExportRounds(every: limits.interval, pace: delivery.pace)
        queue = Mutex(ExportQueue(weightMax: limits.queueMax))
    }

    /// Takes an item, or counts it as dropped. Returns at once.
    func export(_ item: Signal.Item) {
        let weight = signal.weight(of: item)
        guard !isStopped.load(ordering: .relaxed) else { return signal.dropped(weight, .shutdown) }
        var isDue = false
        let isQueued = queue.withLock { queue in
            let before = queue.weight
            guard queue.push(item, weight: weight) else { return false }
            isDue = before < batchMax && queue.weight >= batchMax
            signal.queued(queue.weight)
            return true
        }
        if !isQueued { signal.dropped(weight, .queueFull) }
        if isDue { rounds.hurry() }
    }

    /// Exports until the graceful shutdown or until the task is cancelled, then the rest, for at most five seconds.
    func run() async {
        await rounds.run { isLast in
            if isLast { await self.drain() } else { await self.sendDue() }
        }
        isStopped.store(true, ordering: .relaxed)
        while let batch = next() { signal.dropped(batch.weight, .shutdown) }
        await delivery.close()
    }

    /// Sends everything that waits. Returns when it is delivered or dropped, or the task is cancelled.
    func drain() async {
        while !Task.isCancelled, let batch = next() { await send(batch) }
    }

    /// Sends one batch, and more while there are full ones. Items that came meanwhile wait for their own round, so that
    /// no request has only a few.
    private func sendDue() async {
        while !Task.isCancelled, let batch = next() {
            await send(batch)
            if queue.withLock({ $0.weight }) < batchMax { return }
        }
    }

    private func send(_ batch: (items: [Signal.Item], weight: Int)) async {
        switch await delivery.deliver(signal.encode(batch.items), of: batch.weight) {
        case .delivered(let rejected):
            signal.delivered(batch.weight - rejected)
            if rejected > 0 { signal.dropped(rejected, .rejected) }
        case .failed: signal.dropped(batch.weight, .exportFailed)
        case .cancelled: signal.dropped(batch.weight, .shutdown)
        }
    }

    private func next() -> (items: [Signal.Item], weight: Int)? {
        queue.withLock { queue in
            let batch = queue.pop(weightMax: batchMax)
            signal.queued(queue.weight)
            return batch.items.isEmpty ? nil : batch
        }
    }
}
