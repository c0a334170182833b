// The wire form of the batch functions: requests into parameter arrays, result rows into verdicts.

import FlashSale
import LibpqClient

/// One call of each batch function. Requests and verdicts correspond by place.
enum Batches {
    typealias OnEnded = @Sendable (SaleID, [EndedHold]) -> Void

    static func record(
        _ batch: [(CheckoutRequest, PostgresUUID)], of sale: SaleID, by writer: PostgresClient, deadline: Deadline,
        onEnded: OnEnded
    ) async throws(PostgresError) -> [Verdict<RecordOutcome>] {
        let rows = try await writer.query(
            Statements.record,
            [
                .int4(sale.number),
                .uuidArray(batch.map(\.1)),
                .textArray(batch.map(\.0.buyer.description)),
                .int4Array(batch.map(\.0.item.number)),
                .int4Array(batch.map(\.0.unit)),
                .uuidArray(batch.map { PostgresUUID($0.0.candidate) }),
                .textArray(batch.map(\.0.key?.text)),
            ], deadline: deadline)
        var verdicts = [Verdict<RecordOutcome>](repeating: .again, count: batch.count)
        var ended: [EndedHold] = []
        for row in rows {
            let place = Int(try row[0].int32())
            if place == 0 {
                let hold = Hold(
                    unit: Unit(item: try row[2].int32(), number: try row[3].int32()),
                    code: CheckoutCode(sale: sale, try row[4].uuid()), buyer: try row[5].buyer(),
                    expiresAt: Timestamp(microseconds: try row[7].timestamp()))
                ended.append(EndedHold(hold, age: .milliseconds(try row[8].int32())))
            } else {
                verdicts[place - 1] = try checkoutVerdict(row, of: sale)
            }
        }
        if !ended.isEmpty { onEnded(sale, ended) }
        return verdicts
    }

    private static func checkoutVerdict(
        _ row: PostgresRow, of sale: SaleID
    ) throws(PostgresError) -> Verdict<RecordOutcome> {
        let outcome = try row[1].string()
        switch outcome {
        case "held", "replayed":
            let cart = Cart(
                code: CheckoutCode(sale: sale, try row[4].uuid()), itemsCount: Int(try row[6].int32()),
                expiresAt: Timestamp(microseconds: try row[7].timestamp()))
            return .answer(.held(cart, unit: try row[3].int32(), isReplay: outcome == "replayed"))
        case "already": return .answer(.alreadyCheckedOut(CheckoutCode(sale: sale, try row[4].uuid())))
        case "limit": return .answer(.userLimitExceeded)
        case "none": return .answer(.noneFree)
        case "inactive": return .answer(.saleNotActive)
        case "reused": return .answer(.idempotencyKeyReused)
        case "again": return .again
        default: preconditionFailure("ledger_record gave the unknown outcome \(outcome)")
        }
    }

    static func order(
        _ batch: [(PurchaseRequest, PostgresUUID)], of sale: SaleID, by writer: PostgresClient, deadline: Deadline,
        onEnded: OnEnded
    ) async throws(PostgresError) -> [Verdict<OrderOutcome>] {
        let rows = try await writer.query(
            Statements.order,
            [
                .int4(sale.number),
                .uuidArray(batch.map(\.1)),
                .uuidArray(batch.map { PostgresUUID($0.0.code) }),
                .textArray(batch.map(\.0.key?.text)),
            ], deadline: deadline)
        var verdicts = [Verdict<OrderOutcome>](repeating: .again, count: batch.count)
        var ended: [EndedHold] = []
        for row in rows {
            let place = Int(try row[0].int32())
            if place == 0 {
                let items = try row[8].int32Array().compactMap(\.self)
                let numbers = try row[9].int32Array().compactMap(\.self)
                let ages = try row[11].int32Array().compactMap(\.self)
                let hold = Hold(
                    unit: Unit(item: items[0], number: numbers[0]),
                    code: CheckoutCode(sale: sale, try row[2].uuid()), buyer: try row[4].buyer(),
                    expiresAt: Timestamp(microseconds: try row[7].timestamp()))
                ended.append(EndedHold(hold, age: .milliseconds(ages[0])))
            } else {
                verdicts[place - 1] = try purchaseVerdict(row, of: sale)
            }
        }
        if !ended.isEmpty { onEnded(sale, ended) }
        return verdicts
    }

    private static func purchaseVerdict(
        _ row: PostgresRow, of sale: SaleID
    ) throws(PostgresError) -> Verdict<OrderOutcome> {
        let outcome = try row[1].string()
        switch outcome {
        case "ordered":
            let (order, sold) = try decodeOrder(row, of: sale, at: OrderColumns(code: 2, number: 3, buyer: 4, total: 5))
            return .answer(.ordered(order, sold: sold))
        case "already", "replayed":
            let (order, _) = try decodeOrder(row, of: sale, at: OrderColumns(code: 2, number: 3, buyer: 4, total: 5))
            return .answer(.alreadyProcessed(order, isReplay: outcome == "replayed"))
        case "expired": return .answer(.expired)
        case "unknown": return .answer(.notFound)
        case "again": return .again
        default: preconditionFailure("ledger_order gave the unknown outcome \(outcome)")
        }
    }

    static func release(
        _ batch: [(CancelRequest, PostgresUUID)], of sale: SaleID, by writer: PostgresClient, reader: PostgresClient,
        deadline: Deadline
    ) async throws(PostgresError) -> [Verdict<ReleaseOutcome>] {
        let rows = try await writer.query(
            Statements.release,
            [
                .int4(sale.number),
                .uuidArray(batch.map(\.1)),
                .uuidArray(batch.map { PostgresUUID($0.0.code) }),
                .int4Array(batch.map(\.0.item)),
            ], deadline: deadline)
        var ordered: [Int: CheckoutCode] = [:]
        var verdicts = [Verdict<ReleaseOutcome>](repeating: .again, count: batch.count)
        for row in rows {
            let place = Int(try row[0].int32()) - 1
            let code = batch[place].0.code
            let outcome = try row[1].string()
            switch outcome {
            case "released":
                let buyer = try row[3].buyer()
                let units = zip(try row[4].int32Array().compactMap(\.self), try row[5].int32Array().compactMap(\.self))
                let holds = zip(units, try row[7].int32Array().compactMap(\.self)).map { unit, age in
                    let hold = Hold(
                        unit: Unit(item: unit.0, number: unit.1), code: code, buyer: buyer,
                        expiresAt: Timestamp(microseconds: 0))
                    return EndedHold(hold, age: .milliseconds(age))
                }
                verdicts[place] = .answer(.released(holds, itemsLeft: Int(try row[6].int32())))
            case "ordered": ordered[place] = code
            case "expired": verdicts[place] = .answer(.expired)
            case "unknown": verdicts[place] = .answer(.notFound)
            case "absent": verdicts[place] = .answer(.itemNotFound)
            case "again": verdicts[place] = .again
            default: preconditionFailure("ledger_release gave the unknown outcome \(outcome)")
            }
        }
        if !ordered.isEmpty {
            let orders = try await orders(Array(ordered.values), of: sale, by: reader, deadline: deadline)
            for (place, code) in ordered {
                verdicts[place] = orders[code].map { .answer(.alreadyProcessed($0)) } ?? .again
            }
        }
        return verdicts
    }

    static func confirm(
        _ batch: [ConfirmRequest], of sale: SaleID, by reader: PostgresClient, deadline: Deadline
    ) async throws(PostgresError) -> [Verdict<Confirmation>] {
        let rows = try await reader.query(
            Statements.confirm,
            [
                .int4(sale.number),
                .textArray(batch.map(\.buyer.description)),
                .int4Array(batch.map(\.item)),
            ], deadline: deadline)
        var verdicts = [Verdict<Confirmation>](repeating: .again, count: batch.count)
        for row in rows {
            let stock: Confirmation.Stock
            switch try row[1].string() {
            case "free": stock = .free
            case "held": stock = .held(retryAt: Timestamp(microseconds: try row[2].timestamp()))
            case "sold": stock = .itemSold
            default: stock = .allItemsSold
            }
            verdicts[Int(try row[0].int32()) - 1] = .answer(
                Confirmation(
                    stock: stock, taken: Int(try row[3].int32()), limit: Int(try row[4].int32()),
                    holding: try row[5].optional.map { (field) throws(PostgresError) in
                        CheckoutCode(sale: sale, try field.uuid())
                    },
                    readAt: Timestamp(microseconds: try row[6].timestamp())))
        }
        return verdicts
    }

    /// The orders of some codes, those that have one.
    static func orders(
        _ codes: [CheckoutCode], of sale: SaleID, by reader: PostgresClient, deadline: Deadline
    ) async throws(PostgresError) -> [CheckoutCode: Order] {
        let rows = try await reader.query(
            Statements.orderDetails,
            [.int4(sale.number), .uuidArray(codes.map { PostgresUUID($0) })], deadline: deadline)
        var orders: [CheckoutCode: Order] = [:]
        for row in rows {
            let (order, _) = try decodeOrder(row, of: sale, at: OrderColumns(code: 0, number: 1, buyer: 2, total: 5))
            orders[order.code] = order
        }
        return orders
    }

    /// Where a result has the order's columns. From `total` on they are in one order: total, currency, time, items,
    /// numbers, names, ages.
    private struct OrderColumns {
        let code: Int
        let number: Int
        let buyer: Int
        let total: Int
    }

    private static func decodeOrder(
        _ row: PostgresRow, of sale: SaleID, at columns: OrderColumns
    ) throws(PostgresError) -> (Order, sold: [EndedHold]) {
        let code = CheckoutCode(sale: sale, try row[columns.code].uuid())
        let buyer = try row[columns.buyer].buyer()
        let orderedAt = Timestamp(microseconds: try row[columns.total + 2].timestamp())
        let items = try row[columns.total + 3].int32Array().compactMap(\.self)
        let numbers = try row[columns.total + 4].int32Array()
        let names = try row[columns.total + 5].stringArray().compactMap(\.self)
        var lines: [Order.Line] = []
        let ages = try row[columns.total + 6].int32Array()
        var sold: [EndedHold] = []
        for (place, item) in items.enumerated() {
            let id = ItemID(sale: sale, number: item)
            lines.append(Order.Line(item: id, name: names[place], isSold: numbers[place] != nil))
            if let number = numbers[place] {
                let hold = Hold(unit: Unit(item: item, number: number), code: code, buyer: buyer, expiresAt: orderedAt)
                sold.append(EndedHold(hold, age: .milliseconds(ages[place] ?? 0)))
            }
        }
        let order = Order(
            id: OrderID(sale: sale, number: try row[columns.number].int64()), code: code, buyer: buyer, lines: lines,
            total: Price(minorUnits: try row[columns.total].int64(), currency: try row[columns.total + 1].string()),
            orderedAt: orderedAt)
        return (order, sold)
    }
}

extension PostgresField {
    /// A buyer, as the ledger keeps him. It keeps none that is not well formed.
    func buyer() throws(PostgresError) -> BuyerID {
        guard let buyer = BuyerID(try string()) else { preconditionFailure("the ledger holds a malformed buyer") }
        return buyer
    }
}

extension CheckoutCode {
    init(sale: SaleID, _ uuid: PostgresUUID) {
        self.init(sale: sale, high: uuid.high, low: uuid.low)
    }
}

extension PostgresUUID {
    init(_ code: CheckoutCode) {
        self.init(high: code.high, low: code.low)
    }
}
