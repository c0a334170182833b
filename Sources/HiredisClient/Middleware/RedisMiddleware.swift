// The chain that every command passes through: dials and handshakes, script loads and scripts included.
//
//     caller ──► middleware ──► … ──► the server, or a refusal
//     caller ◄── observer ◄── middleware ◄── … ◄──┘
//
// Only the chain's end reaches the socket, so a middleware sees every command.

/// Sees every command and may change its outcome.
///
/// A middleware calls `next` exactly once and returns its outcome, or another in its place. It runs on the caller's
/// task. It must be cheap, and it must wait for nothing but `next`.
public protocol RedisMiddleware: Sendable {
    func handle(_ command: RedisCommand, next: RedisNext) async -> RedisOutcome
}

/// The whole chain of a client.
struct RedisChain: Sendable {
    let middleware: [any RedisMiddleware]
    let observer: (any RedisObserver)?

    /// Passes a command on to an end, and returns when its last reply has come or it has failed.
    func callAsFunction(_ command: RedisCommand, to end: some CommandSink) async -> RedisOutcome {
        let outcome =
            middleware.isEmpty
            ? await end.transmit(command) : await RedisNext(middleware, position: 0, end: end)(command)
        observer?.ended(command, outcome)
        return outcome
    }
}

/// The rest of the chain, as a middleware sees it. It is a position, so that passing a command on allocates nothing.
public struct RedisNext: Sendable {
    private let middleware: [any RedisMiddleware]
    private let position: Int
    private let end: any CommandSink

    init(_ middleware: [any RedisMiddleware], position: Int, end: any CommandSink) {
        self.middleware = middleware
        self.position = position
        self.end = end
    }

    /// Passes the command on, and returns when its last reply has come or it has failed.
    public func callAsFunction(_ command: RedisCommand) async -> RedisOutcome {
        guard position < middleware.count else { return await end.transmit(command) }
        let rest = RedisNext(middleware, position: position + 1, end: end)
        return await middleware[position].handle(command, next: rest)
    }
}
