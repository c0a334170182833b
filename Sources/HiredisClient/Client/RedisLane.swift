// Keeps one event loop connected: it opens a connection, notices its end, waits and opens the next, until its task is
// cancelled.
//
//     connecting ──► connected ──(ended, or the sentinels name another)──► down ──(backoff)──► connecting
//         └────────────(failed)─────────────────────────────────────────────┘
//
// A call never waits for a connection. While there is none, the call fails at once with the reason, so that its caller
// can go on without Redis.

internal import NIOCore
internal import Textbook

final class RedisLane: Sendable {
    private let opening: Opening
    private let state = Watched<Result<RedisConnection, RedisError>>(
        .failure(RedisError(.connectionFailed, "not connected yet")))

    init(_ opening: Opening) {
        self.opening = opening
    }

    /// The connection, or why there is none.
    var connection: Result<RedisConnection, RedisError> { state.value }

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

    /// Returns once there is a connection, or when the task is cancelled.
    func connected() async {
        await state.wait { if case .success = $0 { true } else { false } }
    }

    private func set(_ connection: Result<RedisConnection, RedisError>) {
        state.update { $0 = connection }
    }
}
