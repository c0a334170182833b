// What hears of commands once they have ended.

/// Sees what became of commands. It cannot change it, which makes it cheaper than a middleware: what measures every
/// command of every request is one of these. It must be cheap and must not wait: it holds up its caller, or a loop.
public protocol RedisObserver: Sendable {
    /// Hears of each command once it has ended, on its caller's task, as the caller will see it.
    func ended(_ command: RedisCommand, _ outcome: RedisOutcome)

    /// Hears of each write to a server, on its event loop: so many commands went out together, whoever sent them.
    func wrote(_ commandCount: Int)
}
