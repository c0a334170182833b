// The catalog over Postgres: creates sales in one transaction, changes them, and reads them.

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
                        .int4(Int32(plan.laneCount)), .text(plan.shop.description),
                    ])
                guard let number = try rows.firstRow()[0].optional?.int32() else { return SaleID?.none }
                guard number > 0 else { throw MovedShop() }
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
        } catch let error as PostgresError where error.constraintName == "sales_keep_to_their_pod" {
            return .moved
        } catch is MovedShop {
            return .moved
        } catch {
            throw LedgerFailure(any: error)
        }
    }

    public func change(_ id: SaleID, _ change: SaleChange) async throws(LedgerFailure) -> ChangeOutcome {
        var (endedAt, number, price) = (PostgresValue.null, PostgresValue.null, PostgresValue.null)
        var (code, items) = (PostgresValue.null, PostgresValue.null)
        switch change.act {
        case .setEnd(let end): endedAt = .timestamptz(end.microseconds)
        case .restock(let count), .limit(let count): number = .int4(count)
        case .pace(let pace): number = pace.map { .int4($0) } ?? .null
        case .price(let item, let minorUnits): (number, price) = (.int4(item), .int8(minorUnits))
        case .refund(let order, let some):
            code = .uuid(PostgresUUID(order))
            if let some { items = .int4Array(some.sorted()) }
        case .pause, .resume, .end: break
        }
        do throws(PostgresError) {
            let rows = try await bulk.query(
                Statements.changeSale,
                [
                    .int4(id.number), change.version.map { .int4($0) } ?? .null, .text(change.actor),
                    .text(change.reason), (change.key?.text).map { .text($0) } ?? .null, .text(change.act.name),
                    endedAt, number, price, code, items,
                ], deadline: .now + (change.act.writesHolds ? LedgerTimes.bulk : LedgerTimes.call))
            return try Self.decodeOutcome(try rows.firstRow())
        } catch {
            if error.isOverlap { return .overlaps }
            if error.isOfAValue { return .unfit }
            throw LedgerFailure(error)
        }
    }

    private static func decodeOutcome(_ row: PostgresRow) throws(PostgresError) -> ChangeOutcome {
        let outcome = try row[0].string()
        switch outcome {
        case "changed", "replayed": return .changed(try decodeSale(row, at: 1), isReplay: outcome == "replayed")
        case "reused": return .keyReused
        case "stale": return .stale
        case "inactive": return .inactive
        case "bad_end": return .badEnd
        case "in_use": return .stockInUse
        case "too_many": return .stockTooLarge
        case "no_item": return .itemNotFound
        case "no_room": return .noWaitingRoom
        case "no_order": return .orderNotFound
        case "not_sold": return .nothingToRefund
        case "unknown": return .notFound
        default: throw row.unreadable("the outcome \(outcome) is unknown")
        }
    }

    public func log(of id: SaleID, after version: Int32, limit: Int) async throws(LedgerFailure) -> [SaleEvent] {
        let parameters: [PostgresValue] = [.int4(id.number), .int4(version), .int4(Int32(limit))]
        return try await lookups.ask(Statements.saleLog, parameters) { rows throws(PostgresError) in
            try rows.map { row throws(PostgresError) in
                SaleEvent(
                    act: try row[0].string(), actor: try row[1].string(), reason: try row[2].string(),
                    changedAt: try row.time(3), before: try Self.decodeSale(row, at: 4),
                    after: try Self.decodeSale(row, at: 18), price: try Self.decodePrice(row, at: 32, of: id),
                    refund: try Self.decodeRefund(row, at: 35, of: id))
            }
        }
    }

    public func sale(_ id: SaleID) async throws(LedgerFailure) -> Sale? {
        try await lookups.ask(Statements.sale, [.int4(id.number)]) { rows throws(PostgresError) in
            try rows.first.map { row throws(PostgresError) in try Self.decodeSale(row) }
        }
    }

    public func agenda() async throws(LedgerFailure) -> Agenda {
        try await reader.ask(Statements.agenda, []) { rows throws(PostgresError) in
            var sales: [Sale] = []
            var unswept: [Sale] = []
            for row in rows where !row[0].isNull {
                let sale = try Self.decodeSale(row, life: 11)
                if try row[8].bool() { unswept.append(sale) } else { sales.append(sale) }
            }
            let row = try rows.firstRow()
            return Agenda(
                sales: sales, unswept: unswept, latest: row[10].isNull ? nil : SaleID(try row.number(10)),
                readAt: try row.time(9))
        }
    }

    public func items(
        of sale: Sale, after cursor: Int32, limit: Int
    ) async throws(LedgerFailure) -> [Item] {
        let parameters: [PostgresValue] = [.int4(sale.id.number), .int4(cursor), .int4(Int32(limit))]
        return try await lookups.ask(Statements.itemsPage, parameters) { rows throws(PostgresError) in
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
        try await reader.ask(Statements.stockCount, [.int4(sale.id.number)]) { rows throws(PostgresError) in
            let row = try rows.firstRow()
            return StockCount(
                free: Int(try row[0].int64()), held: Int(try row[1].int64()), sold: Int(try row[2].int64()))
        }
    }

    /// A sale in columns that follow one another.
    ///
    /// - Parameters:
    ///   - column: the first of them.
    ///   - life: the columns of its version, its pause, its waiting room's seconds, which are NULL without one, its
    ///     lanes, its shop and the pace of its line, which is NULL if nobody has fixed it.
    private static func decodeSale(
        _ row: PostgresRow, at column: Int = 0, life: Int? = nil
    ) throws(PostgresError) -> Sale {
        let (startedAt, endedAt) = (try row.time(column + 1), try row.time(column + 2))
        let (itemCount, stockPerItem) = (try row.number(column + 3), try row.number(column + 4))
        let life = life ?? column + 8
        let pause = try row[life + 1].optional?.string()
        guard pause == nil || pause.flatMap(Pause.init) != nil else { throw row.unreadable("its pause is unknown") }
        guard startedAt < endedAt, Int(itemCount) * Int(stockPerItem) <= Limits.unitsPerSale else {
            throw row.unreadable("a sale that ends before it starts, or that is larger than a sale may be")
        }
        let laneCount = try row.number(life + 3)
        guard Limits.lanes.contains(Int(laneCount)) else { throw row.unreadable("a sale with too many lanes") }
        guard let shop = ShopID(try row[life + 4].string()) else { throw row.unreadable("a shop's name") }
        let pace = try row[life + 5].optional?.int32()
        guard pace.map({ Limits.roomPace.contains(Int($0)) }) ?? true else { throw row.unreadable("a line's pace") }
        return Sale(
            id: SaleID(try row.number(column)), startedAt: startedAt, endedAt: endedAt, itemCount: itemCount,
            stockPerItem: stockPerItem, maxItemsPerBuyer: try row.number(column + 5),
            hold: .seconds(try row.number(column + 6)), epoch: try row[column + 7].int32(),
            version: try row.number(life), pause: pause.flatMap(Pause.init),
            gather: row[life + 2].isNull ? nil : .seconds(try row[life + 2].int32()), laneCount: laneCount,
            shop: shop, roomPace: pace)
    }

    /// The change of a price in columns that follow one another; nil if they are NULL.
    private static func decodePrice(
        _ row: PostgresRow, at column: Int, of sale: SaleID
    ) throws(PostgresError) -> PriceChange? {
        guard !row[column].isNull else { return nil }
        let currency = try row[column + 3].string()
        return PriceChange(
            item: ItemID(sale: sale, number: try row.number(column)),
            before: Price(minorUnits: try row[column + 1].int64(), currency: currency),
            after: Price(minorUnits: try row[column + 2].int64(), currency: currency))
    }

    /// A refund in columns that follow one another, the first of them its currency; nil if they are NULL.
    private static func decodeRefund(
        _ row: PostgresRow, at column: Int, of sale: SaleID
    ) throws(PostgresError) -> Refund? {
        guard !row[column + 1].isNull else { return nil }
        return Refund(
            order: OrderID(sale: sale, number: try row[column + 1].int64()),
            items: try row.numbers(column + 2).map { ItemID(sale: sale, number: $0) },
            total: Price(minorUnits: try row[column + 3].int64(), currency: try row[column].string()))
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

/// The shop of a plan has its sales in another pod.
private struct MovedShop: Error {}

/// A sale that was committed, and that the reader does not see.
struct LostSale: Error, CustomStringConvertible {
    var description: String { "a sale that was just created cannot be found" }
}
