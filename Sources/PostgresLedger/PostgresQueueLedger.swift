// The lines of waiting rooms over Postgres. What is called, and by whom, is decided in Schema/Functions/queue.sql.

public import FlashSale
public import LibpqClient
public import WaitingRoom

/// The lines that the ledger keeps.
public struct PostgresQueueLedger: QueueLedger {
    private let writer: PostgresClient
    private let reader: PostgresClient

    public init(writer: PostgresClient, reader: PostgresClient) {
        self.writer = writer
        self.reader = reader
    }

    public func state(of sale: SaleID) async throws(LedgerFailure) -> QueueState? {
        try await reader.ask(Statements.queueState, [.int4(sale.number)]) { rows throws(PostgresError) in
            try rows.first.map { row throws(PostgresError) in try Self.decodeState(row) }
        }
    }

    public func report(_ report: QueueReport, of sale: SaleID) async throws(LedgerFailure) {
        let shown = report.shown.sorted { $0.key < $1.key }
        _ = try await writer.ask(
            Statements.reportQueue,
            [
                .int4(sale.number), .int8(Int64(report.instance)), .int4(report.counts.gathered),
                .int4(report.counts.late), .int4(report.counts.came), .int8(report.counts.sheds),
                .int4Array(shown.map(\.key)), .int4Array(shown.map(\.value)),
            ]
        ) { rows throws(PostgresError) in rows.count }
    }

    public func ticketKeys() async throws(LedgerFailure) -> TicketKeys {
        try await reader.ask(Statements.ticketKeys, []) { rows throws(PostgresError) in
            var keys: [TicketKey] = []
            for row in rows { keys.append(TicketKey(id: try row[0].int32(), secret: Array(try row[1].string().utf8))) }
            return TicketKeys(keys)
        }
    }

    public func publishDraw(of sale: SaleID, fence: FencingNumber) async throws(LedgerFailure) -> Bool {
        try await writer.ask(Statements.publishDraw, [.int4(sale.number), .int8(fence.value)]) {
            rows throws(PostgresError) in try rows.firstRow()[0].bool()
        }
    }

    public func call(
        _ step: UsherStep, from view: UsherView, of sale: SaleID, fence: FencingNumber
    ) async throws(LedgerFailure) -> Bool {
        try await writer.ask(
            Statements.callNumbers,
            [
                .int4(sale.number), .int8(fence.value), .int4(view.called), .int4(step.step), .int4(view.lastNumber),
                .int4(Int32(view.free)), .text("\(step.pending)"), .text("\(step.unitsPerCart)"),
                .text("\(view.pace)"), .text("\(step.pace)"), .text("\(step.share)"), .text("\(step.seconds)"),
                .int4(step.isNudge ? 1 : 0), .int8(view.sheds),
            ]
        ) { rows throws(PostgresError) in try rows.firstRow()[0].bool() }
    }

    private static func decodeState(_ row: PostgresRow) throws(PostgresError) -> QueueState {
        var draw: QueueState.Draw?
        if !row[1].isNull {
            guard let seed = DrawSeed(try row[1].string()) else { throw row.unreadable("a seed of another form") }
            draw = QueueState.Draw(seed: seed, ticketCount: try row.count(2))
        }
        return QueueState(
            commit: try row[0].string(), draw: draw, called: try row.count(3),
            counts: QueueCounts(
                gathered: try row.count(4), late: try row.count(5), came: try row.count(6), sheds: try row[7].int64()),
            stock: StockCount(
                free: Int(try row[8].int32()), held: Int(try row[9].int32()), sold: Int(try row[10].int32())),
            cohorts: try decodeCohorts(row),
            usher: UsherMemory(
                pace: try row.rate(15), share: try row.rate(16), sheds: try row[17].int64(),
                steppedAt: row[18].isNull ? nil : try row.time(18), calledAt: row[19].isNull ? nil : try row.time(19)),
            readAt: try row.time(20))
    }

    private static func decodeCohorts(_ row: PostgresRow) throws(PostgresError) -> [Cohort] {
        let (indices, lasts) = (try row[11].int32Array(), try row[12].int32Array())
        let (called, shown) = (try row[13].int32Array(), try row[14].int32Array())
        guard Set([indices.count, lasts.count, called.count, shown.count]).count == 1 else {
            throw row.unreadable("figures of cohorts do not correspond")
        }
        guard (indices + lasts + called + shown).allSatisfy({ QueueFigures.counts.contains($0 ?? 0) }) else {
            throw row.unreadable("a figure of a cohort is no count")
        }
        return indices.indices.compactMap { place in
            guard let index = indices[place], let last = lasts[place], let called = called[place],
                let shown = shown[place]
            else { return nil }
            return Cohort(index: index, last: last, called: called, shown: shown)
        }
    }
}

extension PostgresRow {
    /// How many buyers there are, or a number in line. Sums of two fit, whatever somebody has written into the tables.
    fileprivate func count(_ column: Int) throws(PostgresError) -> Int32 {
        let count = try self[column].int32()
        guard QueueFigures.counts.contains(count) else { throw unreadable("column \(column) is no count of buyers") }
        return count
    }

    /// A number that its function returns as text. Whatever is divided by it fits.
    fileprivate func rate(_ column: Int) throws(PostgresError) -> Double {
        guard let rate = Double(try self[column].string()), QueueFigures.rates.contains(rate) else {
            throw unreadable("column \(column) is no rate of buyers")
        }
        return rate
    }
}

/// The figures that a line may have.
private enum QueueFigures {
    static let counts: ClosedRange<Int32> = 0...1_000_000_000
    static let rates = 0.001...1_000_000
}
