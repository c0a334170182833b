// What the tests of the gate share: a Redis, its client and a gate, while a closure runs.

import DevStack
import FlashSale
import FlashSaleTesting
import HiredisClient
import Logging
import NIOCore
import NIOPosix
import RedisGate
import Synchronization
import Telemetry
import Testing

struct GateFixture: Sendable {
    static let ledger = LedgerID("00c0ffee00c0ffee")!

    let gate: RedisSaleGate
    let client: RedisClient
    let instruments: Instruments
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Runs a gate over the server of a URL.
    static func run(
        _ url: String, middleware: [any RedisMiddleware] = [], stepTimeout: Duration,
        _ body: (GateFixture) async throws -> Void
    ) async throws {
        let instruments = Instruments()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        var configuration = try RedisConfiguration(url: url)
        configuration.proof = RedisSaleGate.proof
        let client = RedisClient(
            configuration, eventLoopGroup: group,
            middleware: middleware, observer: RedisMetricsObserver(instruments.redis),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let fixture = GateFixture(client: client, instruments: instruments, stepTimeout: stepTimeout)
        let running = Task { await client.run() }
        let result: Result<Void, any Error>
        do {
            try await client.waitUntilConnected(within: .seconds(20))
            result = .success(try await body(fixture))
        } catch {
            result = .failure(error)
        }
        running.cancel()
        await running.value
        try await group.shutdownGracefully()
        try result.get()
    }

    /// Runs a gate over its own server, for tests that break it. By default the timeout is long enough for a busy
    /// machine.
    static func withServer(
        _ configuration: PrivateRedis.Configuration = .ephemeral, middleware: [any RedisMiddleware] = [],
        stepTimeout: Duration = .seconds(10), _ body: (GateFixture, PrivateRedis) async throws -> Void
    ) async throws {
        let redis = try await PrivateRedis.start(configuration)
        try await run(redis.url, middleware: middleware, stepTimeout: stepTimeout) { try await body($0, redis) }
        await redis.stop()
    }

    private init(client: RedisClient, instruments: Instruments, stepTimeout: Duration) {
        self.client = client
        self.instruments = instruments
        gate = RedisSaleGate(
            client: client, ledger: Self.ledger, instruments: instruments.redis,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, stepTimeout: stepTimeout)
    }

    /// A loaded sale with every unit free.
    func loadedSale(items: Int32 = 4, stock: Int32 = 1, epoch: Int32 = 1) async -> Sale {
        let sale = Self.sale(items: items, stock: stock, epoch: epoch)
        #expect(await gate.load(StockSnapshot(unitCount: sale.unitCount), of: sale))
        return sale
    }

    static func sale(items: Int32 = 4, stock: Int32 = 1, epoch: Int32 = 1) -> Sale {
        Sale(
            id: SaleID(Int32.random(in: 1...Int32.max)), startedAt: Timestamp(microseconds: 1_700_000_000_000_000),
            endedAt: Timestamp(microseconds: 4_000_000_000_000_000), itemCount: items, stockPerItem: stock,
            maxItemsPerBuyer: 10, hold: .seconds(60), epoch: epoch)
    }

    /// Expects that the gate keeps the rules of its seams, each over sales of its own.
    func expectRules() async {
        await withTaskGroup { [gate] group in
            for rule in SaleGateConformance.all {
                group.addTask {
                    await #expect(throws: Never.self, "\(rule)") {
                        try await rule.run(on: gate, upkeep: gate)
                    }
                }
            }
            for rule in GateUpkeepConformance.all {
                group.addTask {
                    await #expect(throws: Never.self, "\(rule)") { try await rule.run(on: gate) }
                }
            }
        }
    }

    /// What the keys of a sale begin with.
    static func keys(of sale: Sale) -> String { "flashsale:{\(ledger):\(sale.id)}" }

    func reserve(_ item: Int32, of sale: Sale, buyer: String = "ann") async throws -> ReserveOutcome {
        await gate.reserve(
            ItemID(sale: sale.id, number: item), for: try #require(BuyerID(buyer)), of: sale,
            candidate: CheckoutCode(sale: sale.id, high: 1, low: 2))
    }

    func hold(_ item: Int32, of sale: Sale, buyer: String = "ann") throws -> Hold {
        Hold(
            unit: Unit(item: item, number: 1), code: CheckoutCode(sale: sale.id, high: 1, low: 2),
            buyer: try #require(BuyerID(buyer)), expiresAt: sale.endedAt)
    }

    @discardableResult
    func redis(_ words: String...) async throws -> RedisReply {
        try await client.send(RedisCommand(.other, words), within: .seconds(10))
    }

    /// Kills the server and returns once the client has noticed.
    func kill(_ server: PrivateRedis) async {
        server.kill(.kill)
        // This call ends only with the connection.
        _ = try? await redis("BLPOP", "none", "0")
        await disconnected()
    }

    /// Returns once the client has noticed that its connection has ended.
    func disconnected() async {
        while !Task.isCancelled, client.usage.connectionsActive + client.usage.connectionsIdle > 0 {
            await Task.yield()
        }
    }

    /// Returns once the client has reconnected.
    func reconnected() async throws {
        while client.usage.reconnects == 0 {
            try Task.checkCancellation()
            try? await client.waitUntilConnected(within: .seconds(20))
        }
    }
}

/// Does something once, just after the n-th call of a load.
final class LoadInterruption: RedisMiddleware {
    private let action = Mutex<(@Sendable () async -> Void)?>(nil)
    private let piecesLeft: Atomic<Int>

    init(afterPiece count: Int) {
        piecesLeft = Atomic(count)
    }

    /// What to do. The test sets it once its gate exists.
    func set(_ action: @escaping @Sendable () async -> Void) {
        self.action.withLock { $0 = action }
    }

    func handle(_ command: RedisCommand, next: RedisNext) async -> RedisOutcome {
        let outcome = await next(command)
        guard command.label == .evalsha, command.script == .load,
            let action = action.withLock({ $0 }), piecesLeft.wrappingSubtract(1, ordering: .relaxed).newValue == 0
        else { return outcome }
        await action()
        return outcome
    }
}
