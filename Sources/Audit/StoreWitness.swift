// The stores by their addresses, for those who audit from outside: it connects, runs the checks, and testifies what was
// held and sold, so that promises made to clients can be held against it.

internal import HiredisClient
internal import LibpqClient
internal import Logging
internal import NIOPosix

/// A connection to the stores of a service, for its auditors.
public final class StoreWitness: Sendable {
    /// A unit that an order has sold.
    public struct SoldUnit: Sendable {
        /// The code as clients know it.
        public let code: String
        public let user: String
        /// The item's number.
        public let item: Int32
    }

    /// A unit that was held.
    public struct HeldUnit: Sendable {
        /// The item's number.
        public let item: Int32
        /// Microseconds since 1970.
        public let from: Int64
        /// The same; nil while it is held, and for ever if it was bought.
        public let until: Int64?
    }

    private let postgres: PostgresClient
    private let redis: RedisClient?
    private let durationMax = Duration.seconds(600)

    /// - Parameters:
    ///   - databaseURL: as Postgres has it.
    ///   - redisURL: nil leaves the gate unchecked.
    /// - Throws: an error whose description says which address is wrong.
    public init(databaseURL: String, redisURL: String?) throws {
        var configuration = PostgresClientConfiguration(url: databaseURL)
        configuration.applicationName = "flashsale-audit"
        configuration.statementTimeout = durationMax
        postgres = try PostgresClient(configuration)
        // A connection that opens is no news to whoever reads an audit.
        var logger = Logger(label: "flashsale.audit")
        logger.logLevel = .error
        redis = try redisURL.map { [logger] in
            RedisClient(
                try RedisConfiguration(url: $0), eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger)
        }
    }

    /// Runs all checks of one sale.
    ///
    /// - Throws: an error that says why the ledger cannot be read.
    public func audit(sale: Int32) async throws -> AuditReport {
        guard let redis else { return try await Auditor(postgres: postgres, redis: nil).audit(sale: sale) }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await redis.run() }
            defer { group.cancelAll() }
            return try await Auditor(postgres: postgres, redis: redis).audit(sale: sale)
        }
    }

    /// Every unit that a sale has sold.
    public func soldUnits(sale: Int32) async throws -> [SoldUnit] {
        try await postgres.query(AuditStatements.witnessOrders, [.int4(sale)], deadline: .now + durationMax).map {
            SoldUnit(code: try $0[0].string(), user: try $0[1].string(), item: try $0[2].int32())
        }
    }

    /// Every hold that a sale has seen.
    public func heldUnits(sale: Int32) async throws -> [HeldUnit] {
        try await postgres.query(AuditStatements.witnessHolds, [.int4(sale)], deadline: .now + durationMax).map {
            HeldUnit(item: try $0[0].int32(), from: try $0[1].int64(), until: try $0[2].optional?.int64())
        }
    }

    /// Closes the connections.
    public func close() async {
        await postgres.shutdown()
    }
}
