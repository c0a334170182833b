// Threads for calls that can only block: getaddrinfo and PQcancel. They must not block the I/O thread or Swift's
// cooperative pool.

internal import Synchronization
internal import Threads

/// A bounded number of short-lived threads for blocking calls of one kind.
final class CallThreads: Sendable {
    private let limit: Int
    private let running = Mutex(0)

    init(limit: Int) {
        self.limit = limit
    }

    /// Runs the call on a thread of its own. Returns false, and does nothing, if too many are running.
    func run(_ call: @escaping @Sendable () -> Void) -> Bool {
        let isAdmitted = running.withLock { count in
            guard count < limit else { return false }
            count += 1
            return true
        }
        guard isAdmitted else { return false }
        let failure = startThread(named: "postgres-call") { [self] in
            call()
            running.withLock { $0 -= 1 }
        }
        if failure != 0 { running.withLock { $0 -= 1 } }
        return failure == 0
    }
}
