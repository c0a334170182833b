// The chain that every command passes through: dials and handshakes, script loads, scripts and pipelines included.
//
//     caller ──► middleware ──► … ──► the server, or a refusal
//     caller ◄── observer ◄── middleware ◄── … ◄──┘
//
// There is no way to the socket but through the chain's end, so what a middleware does not see did not happen.

/// Stands in the way of commands and may change what becomes of them.
///
/// A middleware calls `next` exactly once and hands on what it returns, or another outcome in its place. It runs on the
/// caller's task; it must be cheap, and it must not wait for anything but `next`.
public protocol RedisMiddleware: Sendable {
    func handle(_ command: RedisCommand, next: RedisNext) async -> RedisOutcome
}

/// The whole chain of a client.
struct RedisChain: Sendable {
    let middleware: [any RedisMiddleware]
    let observer: (any RedisObserver)?

    /// Passes a command through to an end, and returns when its last reply has come or it has failed.
    func callAsFunction(_ command: RedisCommand, to end: some CommandSink) async -> RedisOutcome {
        let outcome =
            middleware.isEmpty
            ? await end.transmit(command) : await RedisNext(middleware, position: 0, end: end)(command)
        observer?.ended(command, outcome)
        return outcome
    }
}

/// The rest of the chain as a middleware sees it: a position, so that calling on allocates nothing.
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
