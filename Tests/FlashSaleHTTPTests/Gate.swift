// How a test keeps a thread busy.

import Dispatch

/// Blocks a thread until it is opened, like a slow system call.
struct Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func wait() { semaphore.wait() }

    func open() { semaphore.signal() }
}
