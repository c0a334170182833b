// Runs the tasks of an event loop's connections on that loop's thread, so that a request never changes threads between
// its bytes and its answer. Jobs are run in batches: one wake-up of the loop for a burst, not one for each job.

internal import NIOCore
internal import Synchronization

final class EventLoopTaskExecutor: TaskExecutor {
    private struct Queue {
        var jobs: [UnownedJob] = []
        /// An empty array with capacity, so that batches need no allocation.
        var spare: [UnownedJob] = []
        var isScheduled = false
    }

    /// After this many batches the loop serves its sockets again.
    private static let batchesPerTurn = 4

    private let loop: any EventLoop
    private let queue = Mutex(Queue())

    init(loop: any EventLoop) {
        self.loop = loop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let mustSchedule = queue.withLock { queue in
            queue.jobs.append(job)
            defer { queue.isScheduled = true }
            return !queue.isScheduled
        }
        if mustSchedule { loop.execute { self.run() } }
    }

    private func run() {
        for _ in 0..<Self.batchesPerTurn {
            var batch = queue.withLock { queue in
                let batch = queue.jobs
                queue.jobs = queue.spare
                queue.spare = []
                if batch.isEmpty { queue.isScheduled = false }
                return batch
            }
            guard !batch.isEmpty else { return }
            for job in batch { job.runSynchronously(on: asUnownedTaskExecutor()) }
            batch.removeAll(keepingCapacity: true)
            queue.withLock { $0.spare = batch }
        }
        loop.execute { self.run() }
    }
}
