// The observer of commands.

/// Sees the outcome of every command and cannot change it, so it costs less than a middleware. It must be cheap and
/// must not wait, because it runs on its caller's task or on an event loop.
public protocol RedisObserver: Sendable {
    /// Called for each command after its end, on its caller's task, with the outcome that the caller will see.
    func ended(_ command: RedisCommand, _ outcome: RedisOutcome)

    /// Called for each write to a server, on its event loop, with the number of commands in it.
    func wrote(_ commandCount: Int)
}
