// Reads the history of a sale from the ledger, in one snapshot. It shares no query with the ledger, and writes nothing.

internal import LibpqClient
internal import Reports
internal import Telemetry

/// Reads histories.
struct HistoryReader {
    private static let durationMax = Duration.seconds(600)

    let postgres: PostgresClient

    /// - Returns: nil if the ledger has no such sale.
    /// - Throws: `PostgresError` if it cannot be read.
    func history(of sale: Int32) async throws -> SaleHistory? {
        try await postgres.withTransaction(deadline: .now + Self.durationMax) { connection in
            _ = try await connection.query(Self.snapshot)
            guard let row = try await connection.query(Self.sale, [.int4(sale)]).first else { return nil }
            let terms = try Self.terms(row)
            let span = try await connection.query(Self.span, [.int4(sale)]).firstRow()
            let (first, last) = (try span[0].optional?.timestamp(), try span[1].optional?.timestamp())
            let clock = Self.clock(terms, first: first, last: last)
            var history = SaleHistory(
                number: sale, terms: terms, clock: clock,
                unpaid: Records([Records.Column("hold")] + Self.traitColumns(clock)),
                bought: Records(Self.traitColumns(clock)))
            let steps: [PostgresValue] = [
                .int4(sale), .timestamptz(clock.from), .int8(clock.step), .int8(Int64(clock.count - 1)),
            ]
            try Self.addUnits(try await connection.query(Self.units, steps), to: &history)
            try Self.addCarts(try await connection.query(Self.carts, steps), to: &history)
            for row in try await connection.query(Self.line, steps) {
                history.line.append(
                    .init(
                        step: try row.count(0), called: try row.count(1), waiting: try row.count(2),
                        pace: try row.count(3)))
            }
            history.buyers = try Self.buyers(try await connection.query(Self.buyersQuery, [.int4(sale)]).firstRow())
            for row in try await connection.query(Self.log, [.int4(sale)]) {
                history.acts.append(
                    .init(
                        version: Int(try row[0].int32()), at: try row[1].timestamp(), act: try row[2].string(),
                        actor: try row[3].string(), reason: try row[4].string(), changes: try Self.changes(row)))
            }
            let parts: [PostgresValue] = [
                .int4(sale), .timestamptz(clock.from), .int8(clock.part), .int8(Int64(clock.partCount - 1)),
                .int4(Int32(history.sampledFrom - 1)),
            ]
            for row in try await connection.query(Self.traits, parts) {
                let part = clock.name(ofPart: try row.count(3))
                let traits = [try row[1].string(), try row[2].string(), part, try row[4].string()]
                let (end, count) = (try row[0].string(), try row.count(5) * history.sampledFrom)
                if end == "purchased" {
                    history.bought.add(traits, count: count)
                } else {
                    history.unpaid.add([SaleHistory.words[end] ?? end] + traits, count: count)
                }
            }
            return history
        }
    }

    /// A sale that is on goes on to now, and another ends with the last thing that happened in it.
    private static func clock(_ terms: SaleHistory.Terms, first: Int64?, last: Int64?) -> StoryClock {
        let isOn = terms.startedAt <= terms.now && terms.now < terms.endedAt
        let isSoldOut = terms.free == 0 && terms.held == 0
        let end = isOn && !isSoldOut ? terms.now : last ?? terms.startedAt
        return StoryClock(start: terms.startedAt, first: first, end: end)
    }

    private static func terms(_ row: PostgresRow) throws -> SaleHistory.Terms {
        SaleHistory.Terms(
            startedAt: try row[0].timestamp(), endedAt: try row[1].timestamp(), itemCount: Int(try row[2].int32()),
            stockPerItem: Int(try row[3].int32()), limit: Int(try row[4].int32()), holdSeconds: Int(try row[5].int32()),
            pause: try row[6].optional?.string(), isArchived: try row[7].bool(), free: try row.count(8),
            held: try row.count(9), sold: try row.count(10),
            gatherSeconds: (try row[11].optional?.int32()).map { Int($0) },
            now: try row[12].timestamp())
    }

    private static func addUnits(_ rows: PostgresRows, to history: inout SaleHistory) throws {
        for row in rows {
            let empty = [Int](repeating: 0, count: history.clock.count)
            history.units[try row[1].string(), default: empty][try row.count(0)] += try row.count(2)
        }
    }

    private static func addCarts(_ rows: PostgresRows, to history: inout SaleHistory) throws {
        history.carts = [Int](repeating: 0, count: history.clock.count)
        for row in rows {
            let (step, count, minorUnits) = (try row.count(0), try row.count(3), try row[4].int64())
            if let currency = try row[1].optional?.string() {
                let empty = [SaleHistory.Takings](repeating: .init(), count: history.clock.count)
                let more =
                    try row[2].bool()
                    ? SaleHistory.Takings(unitsRefunded: count, minorUnitsRefunded: minorUnits)
                    : SaleHistory.Takings(orders: count, minorUnits: minorUnits)
                history.takings[currency, default: empty][step] = (history.takings[currency] ?? empty)[step] + more
            } else {
                history.carts[step] += count
            }
        }
    }

    /// What a line of the log has changed.
    private static func changes(_ row: PostgresRow) throws -> [SaleHistory.Change] {
        var changes: [SaleHistory.Change] = []
        if let from = try row[5].optional?.int32(), let to = try row[6].optional?.int32(), from != to {
            changes.append(.stock(from: Int(from), to: Int(to)))
        }
        if let from = try row[7].optional?.int32(), let to = try row[8].optional?.int32(), from != to {
            changes.append(.limit(from: Int(from), to: Int(to)))
        }
        if let from = try row[9].optional?.timestamp(), let to = try row[10].optional?.timestamp(), from != to {
            changes.append(.end(from: from, to: to))
        }
        let currency = try row[11].optional?.string() ?? ""
        if let item = try row[12].optional?.int32(), let former = try row[13].optional?.int64() {
            changes.append(.price(item: Int(item), from: former, to: try row[14].int64(), currency: currency))
        }
        if let order = try row[15].optional?.int64(), let minorUnits = try row[17].optional?.int64() {
            changes.append(
                .refund(
                    order: order, units: Int(try row[16].optional?.int32() ?? 0), minorUnits: minorUnits,
                    currency: currency))
        }
        let (from, to) = (try row[18].optional?.int32(), try row[19].optional?.int32())
        if from != to { changes.append(.pace(from: from.map { Int($0) }, to: to.map { Int($0) })) }
        return changes
    }

    private static func buyers(_ row: PostgresRow) throws -> SaleHistory.Buyers {
        SaleHistory.Buyers(
            joined: try row.count(0), came: try row.count(1), took: try row.count(2), bought: try row.count(3),
            halfAfter: (try row[4].optional?.int64()).map { Double($0) / 1e3 },
            mostAfter: (try row[5].optional?.int64()).map { Double($0) / 1e3 })
    }

    private static func traitColumns(_ clock: StoryClock) -> [Records.Column] {
        [
            Records.Column("price"), Records.Column("items"),
            Records.Column("held after", (0..<clock.partCount).map(clock.name)), Records.Column("buyer"),
        ]
    }

    // MARK: - Statements

    private static let snapshot = PostgresStatement(
        "story_snapshot", "set transaction isolation level repeatable read, read only", type: .other, table: .none,
        isPrepared: false)
    private static let sale = read("sale", PackageResources.sale_sql)
    private static let span = read("span", PackageResources.span_sql)
    private static let units = read("units", PackageResources.units_sql)
    private static let carts = read("carts", PackageResources.carts_sql)
    private static let buyersQuery = read("buyers", PackageResources.buyers_sql)
    private static let line = read("line", PackageResources.line_sql)
    private static let log = read("log", PackageResources.log_sql)
    private static let traits = read("traits", PackageResources.traits_sql)

    private static func read(_ name: String, _ query: [UInt8]) -> PostgresStatement {
        PostgresStatement(
            "story_" + name, String(decoding: query, as: UTF8.self), type: .select, table: .none, isPrepared: false)
    }
}

extension PostgresRow {
    fileprivate func count(_ column: Int) throws -> Int { Int(try self[column].int64()) }
}
