// From items to the collector, behind everybody's back.
//
//     export ──room──► queue ──enough of them, or the interval──► batch ──► delivery
//        └ full: dropped
//
// Trust rule: whoever hands an item over never waits and never allocates; a collector that is slow, dead or hostile
// costs items, which are counted, and nothing else. There is one request at a time.

internal import Synchronization

/// Sends one signal to its collector in batches.
final class BatchExporter<Signal: BatchedSignal>: Sendable {
    private let signal: Signal
    private let delivery: CollectorDelivery
    private let batchMax: Int
    private let rounds: ExportRounds
    private let queue: Mutex<ExportQueue<Signal.Item>>
    private let isStopped = Atomic<Bool>(false)

    /// - Parameters:
    ///   - queueMax: what may wait, by its weight.
    ///   - batchMax: what a request may carry; when so much waits it is sent at once.
    ///   - interval: the time after which less is sent.
    init(
        _ signal: Signal, delivery: CollectorDelivery, queueMax: Int, batchMax: Int, interval: Duration
    ) {
        self.signal = signal
        self.delivery = delivery
        self.batchMax = batchMax
        rounds = ExportRounds(every: interval, pace: delivery.pace)
        queue = Mutex(ExportQueue(weightMax: queueMax))
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

    /// Exports until the graceful shutdown or until the task is cancelled, then what is left, for five seconds at most.
    func run() async {
        await rounds.run { isLast in
            if isLast { await self.drain() } else { await self.sendDue() }
        }
        isStopped.store(true, ordering: .relaxed)
        while let batch = next() { signal.dropped(batch.weight, .shutdown) }
        await delivery.close()
    }

    /// Sends all that waits. Returns when it is delivered, dropped, or the task is cancelled.
    func drain() async {
        while !Task.isCancelled, let batch = next() { await send(batch) }
    }

    /// Sends one batch, and more as long as there are whole ones: what came in the meantime waits for its own round
    /// rather than make a request of a few items.
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
