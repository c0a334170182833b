// Threads for calls that can only block: getaddrinfo and PQcancel. They must not block the I/O thread or Swift's
// cooperative pool.

internal import CLinux
internal import Glibc
internal import Synchronization

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
        let isStarted = startThread(named: "postgres-call") { [self] in
            call()
            running.withLock { $0 -= 1 }
        }
        if !isStarted { running.withLock { $0 -= 1 } }
        return isStarted
    }
}

/// Starts a detached thread.
func startThread(named name: StaticString, _ body: @escaping @Sendable () -> Void) -> Bool {
    final class Start: Sendable {
        let name: StaticString
        let body: @Sendable () -> Void

        init(name: StaticString, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }
    let start = Unmanaged.passRetained(Start(name: name, body: body))
    var thread = pthread_t()
    let status = pthread_create(
        &thread, nil,
        { argument in
            let start = Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue()
            UnsafeRawPointer(start.name.utf8Start).withMemoryRebound(to: CChar.self, capacity: 1) {
                clinux_name_thread($0)
            }
            start.body()
            return nil
        }, start.toOpaque())
    guard status == 0 else {
        start.release()
        return false
    }
    pthread_detach(thread)
    return true
}
