// The catalog over Postgres: creates sales in one transaction, and reads them.

public import FlashSale
public import LibpqClient
import Telemetry

/// The sales, their items and their stock.
public struct PostgresSaleCatalog: SaleCatalog {
    private let reader: PostgresClient
    private let bulk: PostgresClient
    private let lookups: PostgresClient

    /// - Parameters:
    ///   - bulk: for what may take long: it must have no short statement timeout.
    ///   - lookups: for what anybody may ask for, single sales and pages of items; nil for the reader.
    public init(reader: PostgresClient, bulk: PostgresClient, lookups: PostgresClient? = nil) {
        self.reader = reader
        self.bulk = bulk
        self.lookups = lookups ?? reader
    }

    public func create(_ plan: SalePlan, fence: FencingNumber?) async throws(LedgerFailure) -> CreateOutcome {
        do {
            let id = try await bulk.withTransaction(deadline: .now + LedgerTimes.bulk) { connection in
                let rows = try await connection.query(
                    Statements.createSale,
                    [
                        .timestamptz(plan.startedAt.microseconds), .timestamptz(plan.endedAt.microseconds),
                        .int4(Int32(plan.itemCount)), .int4(Int32(plan.stockPerItem)),
                        .int4(Int32(plan.maxItemsPerBuyer)), .int4(Int32(plan.hold.components.seconds)),
                        fence.map { .int8($0.value) } ?? .null, plan.lapsesMax.map { .int4(Int32($0)) } ?? .null,
                    ])
                guard let number = try rows.firstRow()[0].optional?.int32(), number > 0 else { return SaleID?.none }
                let id = SaleID(number)
                if let gather = plan.gather {
                    _ = try await connection.query(
                        Statements.openQueue, [.int4(number), .int4(Int32(gather.components.seconds))])
                }
                try await connection.copyIn(Statements.copyItems) { writer in
                    try await Self.copy(itemsOf: id, count: plan.itemCount, to: writer)
                }
                return id
            }
            guard let id else { return .staleFence }
            guard let sale = try await sale(id) else { throw LedgerFailure(.database, underlying: LostSale()) }
            return .created(sale)
        } catch let error as PostgresError where error.isOverlap {
            return .overlaps
        } catch {
            throw LedgerFailure(any: error)
        }
    }

    public func sale(_ id: SaleID) async throws(LedgerFailure) -> Sale? {
        try await read(Statements.sale, [.int4(id.number)], by: lookups) { rows throws(PostgresError) in
            try rows.first.map { row throws(PostgresError) in try Self.decodeSale(row, gather: 8) }
        }
    }

    public func agenda() async throws(LedgerFailure) -> Agenda {
        try await read(Statements.agenda, []) { rows throws(PostgresError) in
            var sales: [Sale] = []
            var unswept: [Sale] = []
            for row in rows where !row[0].isNull {
                let sale = try Self.decodeSale(row, gather: 11)
                if try row[8].bool() { unswept.append(sale) } else { sales.append(sale) }
            }
            let row = try rows.firstRow()
            return Agenda(
                sales: sales, unswept: unswept, latest: (try row[10].optional?.int32()).map { SaleID($0) },
                readAt: try row.time(9))
        }
    }

    public func items(
        of sale: Sale, after cursor: Int32, limit: Int
    ) async throws(LedgerFailure) -> [Item] {
        let parameters: [PostgresValue] = [.int4(sale.id.number), .int4(cursor), .int4(Int32(limit))]
        return try await read(Statements.itemsPage, parameters, by: lookups) { rows throws(PostgresError) in
            var items: [Item] = []
            items.reserveCapacity(rows.count)
            for row in rows {
                items.append(
                    Item(
                        id: ItemID(sale: sale.id, number: try row.number(0)), name: try row[1].string(),
                        price: Price(minorUnits: try row[2].int64(), currency: try row[3].string()),
                        stock: sale.stockPerItem, available: try row[4].int32(),
                        isSold: try row[5].int32() == sale.stockPerItem))
            }
            return items
        }
    }

    public func count(_ sale: Sale) async throws(LedgerFailure) -> StockCount {
        try await read(Statements.stockCount, [.int4(sale.id.number)]) { rows throws(PostgresError) in
            let row = try rows.firstRow()
            return StockCount(
                free: Int(try row[0].int64()), held: Int(try row[1].int64()), sold: Int(try row[2].int64()))
        }
    }

    private func read<Value>(
        _ statement: PostgresStatement, _ parameters: [PostgresValue], by client: PostgresClient? = nil,
        _ decode: (PostgresRows) throws(PostgresError) -> Value
    ) async throws(LedgerFailure) -> Value {
        do throws(PostgresError) {
            let client = client ?? reader
            return try decode(try await client.query(statement, parameters, deadline: .now + LedgerTimes.call))
        } catch {
            throw LedgerFailure(error)
        }
    }

    /// - Parameter gather: the column of the waiting room's seconds, which is NULL without one.
    private static func decodeSale(_ row: PostgresRow, gather: Int) throws(PostgresError) -> Sale {
        let (startedAt, endedAt) = (try row.time(1), try row.time(2))
        let (itemCount, stockPerItem) = (try row.number(3), try row.number(4))
        guard startedAt < endedAt, Int(itemCount) * Int(stockPerItem) <= Limits.unitsPerSale else {
            throw row.unreadable("a sale that ends before it starts, or that is larger than a sale may be")
        }
        return Sale(
            id: SaleID(try row.number(0)), startedAt: startedAt, endedAt: endedAt, itemCount: itemCount,
            stockPerItem: stockPerItem, maxItemsPerBuyer: try row.number(5), hold: .seconds(try row.number(6)),
            epoch: try row[7].int32(), gather: row[gather].isNull ? nil : .seconds(try row[gather].int32()))
    }

    /// Writes the generated items of a sale in chunks of about 64 KiB.
    private static func copy(itemsOf sale: SaleID, count: Int, to writer: PostgresCopyWriter) async throws {
        var buffer = PostgresCopyBuffer()
        for number in 1...Int32(count) {
            let design = ItemDesign(ItemID(sale: sale, number: number))
            buffer.append(
                .int4(sale.number), .int4(number), .text(design.name), .int8(design.price.minorUnits),
                .text(design.price.currency))
            if buffer.count >= 65_536 { try await writer.write(buffer.take()) }
        }
        try await writer.write(buffer.finish())
    }
}

/// A sale that was committed, and that the reader does not see.
struct LostSale: Error, CustomStringConvertible {
    var description: String { "a sale that was just created cannot be found" }
}
