// The end of the middleware chain.

/// Takes a command at the end of the middleware chain.
protocol CommandSink: Sendable {
    func transmit(_ command: RedisCommand) async -> RedisOutcome
}
