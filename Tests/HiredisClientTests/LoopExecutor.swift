// Tasks that run on an event loop, as the tasks of connections do.

import NIOCore

/// An event loop as a task's executor.
final class LoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) {
        self.loop = loop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

extension EventLoop {
    var testExecutor: some TaskExecutor { LoopExecutor(self) }
}
