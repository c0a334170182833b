// Keeps one event loop connected: it opens a connection, notices its end, waits and opens the next, until its task is
// cancelled.
//
//     connecting ──► connected ──(ended, or the sentinels name another)──► down ──(backoff)──► connecting
//         └────────────(failed)─────────────────────────────────────────────┘
//
// A call never waits for a connection. While there is none, the call fails at once with the reason, so that its caller
// can go on without Redis.

internal import NIOCore
internal import Synchronization
internal import Textbook

final class RedisLane: Sendable {
    private struct State {
        var connection: Result<RedisConnection, RedisError>
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let opening: Opening
    private let state: Mutex<State>

    init(_ opening: Opening) {
        self.opening = opening
        state = Mutex(State(connection: .failure(RedisError(.connectionFailed, "not connected yet"))))
    }

    /// The connection, or why there is none.
    var connection: Result<RedisConnection, RedisError> { state.withLock { $0.connection } }

    /// Keeps the connection until the task is cancelled; reports each attempt after the first, and each failure.
    func run(_ report: (Event) -> Void) async {
        var backoff = Backoff(opening.configuration.backoff)
        var generator = SystemRandomNumberGenerator()
        while !Task.isCancelled {
            do throws(RedisError) {
                let connection = try await opening.open()
                let openedAt = ContinuousClock.now
                set(.success(connection))
                report(.connected(connection.server))
                async let _ = opening.watch(connection)
                let reason = await connection.closed()
                set(.failure(reason))
                report(.failed(reason))
                backoff.reset(after: ContinuousClock.now - openedAt)
            } catch {
                set(.failure(error))
                report(.failed(error))
            }
            try? await Task.sleep(for: backoff.next(using: &generator))
        }
        set(.failure(RedisError(.connectionFailed, "the client has been shut down")))
    }

    enum Event {
        case connected(RedisServer)
        case failed(RedisError)
    }

    /// Returns at the next change of the connection, or at once if there is one or the task is cancelled.
    func connected() async {
        while !Task.isCancelled, case .failure = connection {
            await withTaskCancellationHandler {
                await withCheckedContinuation { waiter in
                    let mustWait = state.withLock { state in
                        if case .success = state.connection { return false }
                        if Task.isCancelled { return false }
                        state.waiters.append(waiter)
                        return true
                    }
                    if !mustWait { waiter.resume() }
                }
            } onCancel: {
                wakeWaiters()
            }
        }
    }

    private func set(_ connection: Result<RedisConnection, RedisError>) {
        state.withLock { $0.connection = connection }
        wakeWaiters()
    }

    /// Each waiter checks again, so waking too many does no harm.
    private func wakeWaiters() {
        let waiters = state.withLock { state in
            let waiters = state.waiters
            state.waiters = []
            return waiters
        }
        for waiter in waiters { waiter.resume() }
    }
}
