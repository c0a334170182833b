// The chain that every command passes through: dials and handshakes, script loads, scripts and pipelines included.
//
// There is no way to the socket but through the chain's end, so what a middleware does not see did not happen.

/// Looks at commands on their way to the server and at what became of them.
///
/// A middleware calls `next` exactly once and hands on what it returns, or another outcome in its place. It runs on the
/// caller's task; it must be cheap, and it must not wait for anything but `next`.
public protocol RedisMiddleware: Sendable {
    func handle(_ command: RedisCommand, next: RedisNext) async -> RedisOutcome

    /// Hears of each write to a server, on its event loop: so many commands went out together, whoever sent them.
    func wrote(_ commandCount: Int)
}

extension RedisMiddleware {
    public func wrote(_ commandCount: Int) {}
}

/// The rest of the chain as a middleware sees it: a position, so that calling on allocates nothing.
public struct RedisNext: Sendable {
    private let middleware: [any RedisMiddleware]
    private let position: Int
    private let end: any CommandSink

    init(_ middleware: [any RedisMiddleware], end: any CommandSink) {
        self.init(middleware, position: 0, end: end)
    }

    private init(_ middleware: [any RedisMiddleware], position: Int, end: any CommandSink) {
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
