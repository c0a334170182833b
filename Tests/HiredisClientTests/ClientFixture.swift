// What the client's tests share: a client that lives as long as a closure, and the error a call ends with.

import HiredisClient
import Logging
import NIOCore
import NIOPosix
import Telemetry
import Testing

/// Runs a client for as long as the body does.
func withClient<Result: Sendable>(
    _ url: String, loops: Int = 1, middleware: [any RedisMiddleware] = [], observer: (any RedisObserver)? = nil,
    waits: Bool = true,
    configure: (inout RedisConfiguration) -> Void = { _ in }, whenConnected: @escaping @Sendable () -> Void = {},
    _ body: (RedisClient) async throws -> Result
) async throws -> Result {
    var configuration = try RedisConfiguration(url: url)
    configuration.commandTimeout = .seconds(10)
    configure(&configuration)
    let group = MultiThreadedEventLoopGroup(numberOfThreads: loops)
    let client = RedisClient(
        configuration, eventLoopGroup: group, middleware: middleware, observer: observer,
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    let running = Task { await client.run(whenConnected: whenConnected) }
    let result: Swift.Result<Result, any Error>
    do {
        if waits { try await client.waitUntilConnected(within: .seconds(20)) }
        result = .success(try await body(client))
    } catch {
        result = .failure(error)
    }
    running.cancel()
    await running.value
    try await group.shutdownGracefully()
    return try result.get()
}

/// The error that a call ends with.
func redisError(_ body: () async throws(RedisError) -> some Sendable) async -> RedisError? {
    do throws(RedisError) {
        _ = try await body()
        return nil
    } catch {
        return error
    }
}

extension RedisCommand {
    /// A command whose label does not matter to the test.
    static func words(_ words: String...) -> RedisCommand { RedisCommand(.other, words) }
}
