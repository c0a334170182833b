// Audits the stores from outside: it connects to them, runs the checks, and reads what was held and sold, so that
// promises to clients can be judged.

internal import HiredisClient
internal import LibpqClient
internal import Logging
internal import NIOPosix

/// A connection to the stores of a service, for its auditors.
public final class StoreWitness: Sendable {
    private let postgres: PostgresClient
    private let redis: RedisClient?
    private static let connectTimeout = Duration.seconds(30)

    /// - Parameters:
    ///   - databaseURL: in Postgres's form.
    ///   - redisURL: nil leaves the gate unchecked.
    /// - Throws: an error whose description says which address is wrong.
    public init(databaseURL: String, redisURL: String?) throws {
        var configuration = PostgresClientConfiguration(url: databaseURL)
        configuration.acceptsReadOnly = true
        configuration.applicationName = "flashsale-audit"
        configuration.statementTimeout = Auditor.durationMax
        // An audit may wait, above all on a busy machine.
        configuration.acquireTimeout = Self.connectTimeout
        configuration.connectTimeout = Self.connectTimeout
        // Right after a rush Postgres may still plan for empty tables, and join large ones row by row.
        configuration.settings["enable_nestloop"] = "off"
        // An unavoidable loop then looks so costly that Postgres would compile each statement first, for 0.3 s.
        configuration.settings["jit"] = "off"
        postgres = try PostgresClient(configuration)
        // The reader of an audit does not need to know that a connection opened.
        var logger = Logger(label: "flashsale.audit")
        logger.logLevel = .error
        redis = try redisURL.map { [logger] in
            RedisClient(
                try RedisConfiguration(url: $0), eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger)
        }
    }

    /// Lends a witness, and closes it.
    ///
    /// - Throws: what the body throws, or an error whose description says which address is wrong.
    public static func lend<Value>(
        databaseURL: String, redisURL: String?, _ body: (StoreWitness) async throws -> Value
    ) async throws -> Value {
        let witness = try StoreWitness(databaseURL: databaseURL, redisURL: redisURL)
        do {
            let value = try await body(witness)
            await witness.close()
            return value
        } catch {
            await witness.close()
            throw error
        }
    }

    /// Says in a sentence why there was no audit.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Runs all checks of one sale, or of all.
    ///
    /// - Throws: an error that says why the ledger cannot be read, or that it has no such sale.
    public func audit(sale: Int32? = nil) async throws -> AuditReport {
        if let sale { _ = try await log(of: sale, from: 0) }
        guard let redis else { return try await Auditor(postgres: postgres, redis: nil).audit(sale: sale) }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await redis.run() }
            defer { group.cancelAll() }
            return try await Auditor(postgres: postgres, redis: redis).audit(sale: sale)
        }
    }

    /// Runs all checks of a journal's sale, and compares the stores with the answers that its clients got.
    ///
    /// - Parameters:
    ///   - history: read from the journal that `flashsale-load` has written.
    ///   - sale: the sale that the journal must be of; nil for any.
    /// - Throws: an error that says what cannot be read, or that the journal is of another sale.
    package func audit(_ history: History, sale: Int32? = nil) async throws -> AuditReport {
        let start = ContinuousClock.now
        let id = history.sale.id
        guard sale == nil || sale == id else {
            throw Failure(description: "The journal is of sale \(id), not of \(sale ?? id).")
        }
        let evidence = try await evidence(about: history)
        let promises = PromiseAudit(history, evidence, hasStrangers: true)
        let stores = try await audit(sale: id)
        return AuditReport(
            findings: stores.findings + promises.findings, notes: stores.notes + promises.notes,
            problem: stores.problem, duration: start.duration(to: .now))
    }

    /// Which pod the ledger is; 0 is home.
    ///
    /// - Throws: an error that says why the ledger cannot be read.
    public func pod() async throws -> Int32 {
        try await postgres.query(AuditStatements.witnessPod, deadline: .now + Auditor.durationMax).firstRow()[0].int32()
    }

    /// The orders and holds of a journal's sale.
    ///
    /// - Throws: an error that says why the ledger cannot be read, or that its sale is another one.
    package func evidence(about history: History) async throws -> Evidence {
        let sale = history.sale
        let (itemCount, log) = try await log(of: sale.id, from: history.wall)
        let slack = PromiseAudit.clockSlack
        guard itemCount == sale.itemCount, log.stocks(from: -slack, until: slack).contains(sale.stock) else {
            throw Failure(
                description: "The journal is not of this ledger's sale \(sale.id), which had another stock.")
        }
        var evidence = Evidence()
        evidence.log = log
        for row in try await rows(AuditStatements.witnessOrders, of: sale.id) {
            let receipt = "ORD-\(sale.id)-\(try row[4].int64()):\(try row[5].int64())"
            let order = Evidence.Order(items: [], user: try row[1].string(), receipt: receipt)
            let (code, item) = (try row[0].string(), try row[2].int32())
            evidence.orders[code, default: order].items.insert(item)
            if try row[3].bool() { evidence.orders[code]?.refunded.insert(item) }
        }
        evidence.knowsAllOrders = true
        var occupancies: [Evidence.Occupancy] = []
        var holds: [Evidence.HoldKey: Evidence.Hold] = [:]
        for row in try await rows(AuditStatements.witnessHolds, of: sale.id) {
            let item = try row[0].int32()
            occupancies.append(
                Evidence.Occupancy(
                    item: item, from: try row[1].int64() * 1_000 - history.wall,
                    until: try row[2].optional.map { try $0.int64() * 1_000 - history.wall } ?? .max))
            let key = Evidence.HoldKey(code: try row[3].string(), item: item)
            let hold = Evidence.Hold(user: try row[4].string(), expires: try row[5].int64() / 1_000)
            holds[key] = holds[key].flatMap { $0.expires > hold.expires ? $0 : nil } ?? hold
        }
        evidence.occupancies = occupancies
        evidence.holds = holds
        return evidence
    }

    /// A sale's items, and its terms from its creation on.
    ///
    /// - Parameter wall: the moment from which the log counts, in nanoseconds since 1970.
    private func log(of sale: Int32, from wall: Int64) async throws -> (itemCount: Int, SaleLog) {
        let steps = try await rows(AuditStatements.witnessTerms, of: sale)
        guard let first = steps.first else { throw Failure(description: "The ledger has no sale \(sale).") }
        var log = SaleLog(try Self.terms(first, from: wall))
        for row in steps.dropFirst() {
            log.add(
                try Self.terms(row, from: wall), from: try row[0].int64() * 1_000 - wall, isByHand: try row[1].bool())
        }
        return (Int(try first[2].int32()), log)
    }

    private static func terms(_ row: PostgresRow, from wall: Int64) throws -> SaleLog.Terms {
        SaleLog.Terms(
            stock: Int(try row[3].int32()), limit: Int(try row[4].int32()), isPaused: try row[5].bool(),
            arePurchasesPaused: try row[6].bool(), starts: try row[7].int64() * 1_000 - wall,
            ends: try row[8].int64() * 1_000 - wall)
    }

    private func rows(_ statement: PostgresStatement, of sale: Int32) async throws -> PostgresRows {
        try await postgres.query(statement, [.int4(sale)], deadline: .now + Auditor.durationMax)
    }

    /// Closes the connections.
    public func close() async {
        await postgres.shutdown()
    }
}
