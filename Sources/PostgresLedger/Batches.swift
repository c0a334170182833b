// The wire form of the batch functions: requests into arrays of parameters, rows of the result into outcomes.

import FlashSale
import LibpqClient

/// One call of each batch function. Requests and outcomes correspond by place.
enum Batches {
    typealias OnEnded = @Sendable (SaleID, [EndedHold]) -> Void

    static func record(
        _ batch: [(CheckoutRequest, PostgresUUID)], of sale: SaleID, by writer: PostgresClient, deadline: Deadline,
        onEnded: OnEnded
    ) async throws(PostgresError) -> [RowOutcome<RecordOutcome>] {
        var parameters: [PostgresValue] = [
            .int4(sale.number),
            .uuidArray(batch.map(\.1)),
            .textArray(batch.map(\.0.buyer.description)),
            .int4Array(batch.map(\.0.item.number)),
            .int4Array(batch.map(\.0.reservation?.unit.number)),
            .uuidArray(batch.map { PostgresUUID($0.0.candidate) }),
            .textArray(batch.map(\.0.key?.text)),
            .uuidArray(batch.map { $0.0.reservation.map { PostgresUUID($0.code) } }),
        ]
        let isCalled = batch.contains { $0.0.queueNumber != nil }
        if isCalled { parameters.append(.int4Array(batch.map(\.0.queueNumber))) }
        let rows = try await writer.query(
            isCalled ? Statements.recordCalled : Statements.record, parameters, deadline: deadline)
        var ended: [EndedHold] = []
        let outcomes = try outcomes(of: batch.count, in: rows) { row throws(PostgresError) in
            ended.append(
                try endedHold(
                    row, of: sale, item: row.number(2), number: row.number(3), code: 4, buyer: 5, expiresAt: 7,
                    age: row[8].int32()))
        } decode: { row, _ throws(PostgresError) in
            try checkoutOutcome(row, of: sale)
        }
        if !ended.isEmpty { onEnded(sale, ended) }
        return outcomes
    }

    private static func checkoutOutcome(
        _ row: PostgresRow, of sale: SaleID
    ) throws(PostgresError) -> RowOutcome<RecordOutcome> {
        let outcome = try row[1].string()
        switch outcome {
        case "held", "replayed":
            let cart = Cart(
                code: try row.code(4, of: sale), itemsCount: Int(try row[6].int32()), expiresAt: try row.time(7))
            return .decided(.held(cart, unit: try row.number(3), isReplay: outcome == "replayed"))
        case "already": return .decided(.alreadyCheckedOut(try row.code(4, of: sale)))
        case "limit": return .decided(.userLimitExceeded)
        case "lapsed": return .decided(.holdLimitExceeded)
        case "none": return .decided(.noneFree)
        case "inactive": return .decided(.saleNotActive)
        case "paused": return .decided(.salePaused)
        case "reused": return .decided(.idempotencyKeyReused)
        case "again": return .again
        default: throw row.unreadable("the outcome \(outcome) is unknown")
        }
    }

    static func order(
        _ batch: [(PurchaseRequest, PostgresUUID)], of sale: SaleID, by writer: PostgresClient, deadline: Deadline,
        onEnded: OnEnded
    ) async throws(PostgresError) -> [RowOutcome<OrderOutcome>] {
        let rows = try await writer.query(
            Statements.order,
            [
                .int4(sale.number),
                .uuidArray(batch.map(\.1)),
                .uuidArray(batch.map { PostgresUUID($0.0.code) }),
                .textArray(batch.map(\.0.key?.text)),
                .textArray(batch.map(\.0.buyer?.description)),
            ], deadline: deadline)
        var ended: [EndedHold] = []
        let outcomes = try outcomes(of: batch.count, in: rows) { row throws(PostgresError) in
            let (items, numbers, ages) = (try row.numbers(8), try row.numbers(9), try row[11].int32Array())
            guard let item = items.first, let number = numbers.first, let age = ages.first ?? nil else {
                throw row.unreadable("it tells of a hold that ended, and lacks its unit or its age")
            }
            ended.append(
                try endedHold(row, of: sale, item: item, number: number, code: 2, buyer: 4, expiresAt: 7, age: age))
        } decode: { row, _ throws(PostgresError) in
            try purchaseOutcome(row, of: sale)
        }
        if !ended.isEmpty { onEnded(sale, ended) }
        return outcomes
    }

    private static func purchaseOutcome(
        _ row: PostgresRow, of sale: SaleID
    ) throws(PostgresError) -> RowOutcome<OrderOutcome> {
        let outcome = try row[1].string()
        switch outcome {
        case "ordered":
            let (order, sold) = try decodeOrder(row, of: sale, at: OrderColumns(code: 2, number: 3, buyer: 4, total: 5))
            return .decided(.ordered(order, sold: sold))
        case "already", "replayed":
            let (order, _) = try decodeOrder(row, of: sale, at: OrderColumns(code: 2, number: 3, buyer: 4, total: 5))
            return .decided(.alreadyProcessed(order, isReplay: outcome == "replayed"))
        case "expired": return .decided(.expired)
        case "paused": return .decided(.paused)
        case "unknown": return .decided(.notFound)
        default: throw row.unreadable("the outcome \(outcome) is unknown")
        }
    }

    static func release(
        _ batch: [(CancelRequest, PostgresUUID)], of sale: SaleID, by writer: PostgresClient, reader: PostgresClient,
        deadline: Deadline
    ) async throws(PostgresError) -> [RowOutcome<ReleaseOutcome>] {
        let rows = try await writer.query(
            Statements.release,
            [
                .int4(sale.number),
                .uuidArray(batch.map(\.1)),
                .uuidArray(batch.map { PostgresUUID($0.0.code) }),
                .int4Array(batch.map(\.0.item)),
                .textArray(batch.map(\.0.buyer?.description)),
            ], deadline: deadline)
        var ordered: [Int: CheckoutCode] = [:]
        var outcomes: [RowOutcome<ReleaseOutcome>] = try outcomes(of: batch.count, in: rows) {
            row, place throws(PostgresError) in
            let code = batch[place].0.code
            let outcome = try row[1].string()
            switch outcome {
            case "released": return .decided(try released(row, under: code))
            case "ordered":
                ordered[place] = code
                return .again
            case "expired": return .decided(.expired)
            case "unknown": return .decided(.notFound)
            case "absent": return .decided(.itemNotFound)
            default: throw row.unreadable("the outcome \(outcome) is unknown")
            }
        }
        guard !ordered.isEmpty else { return outcomes }
        do throws(PostgresError) {
            let orders = try await orders(Array(ordered.values), of: sale, by: reader, deadline: deadline)
            for (place, code) in ordered {
                if let order = orders[code] { outcomes[place] = .decided(.alreadyProcessed(order)) }
            }
        } catch {
            guard error.code == .decoding else { throw error }
            for place in ordered.keys { outcomes[place] = .failed(error) }
        }
        return outcomes
    }

    private static func released(
        _ row: PostgresRow, under code: CheckoutCode
    ) throws(PostgresError) -> ReleaseOutcome {
        let buyer = try row.buyer(3)
        let (items, numbers) = (try row.numbers(4), try row.numbers(5))
        let ages = try row[7].int32Array().compactMap(\.self)
        guard items.count == numbers.count, items.count == ages.count else {
            throw row.unreadable("its units and ages do not correspond")
        }
        let holds = items.indices.map { place in
            let hold = Hold(
                unit: Unit(item: items[place], number: numbers[place]), code: code, buyer: buyer,
                expiresAt: Timestamp(microseconds: 0))
            return EndedHold(hold, age: .milliseconds(ages[place]))
        }
        return .released(holds, itemsLeft: Int(try row[6].int32()))
    }

    static func confirm(
        _ batch: [ConfirmRequest], of sale: SaleID, by reader: PostgresClient, deadline: Deadline
    ) async throws(PostgresError) -> [RowOutcome<Confirmation>] {
        let rows = try await reader.query(
            Statements.confirm,
            [
                .int4(sale.number),
                .textArray(batch.map(\.buyer.description)),
                .int4Array(batch.map(\.item)),
            ], deadline: deadline)
        return try outcomes(of: batch.count, in: rows) { row, _ throws(PostgresError) in
            let stock: Confirmation.Stock
            let outcome = try row[1].string()
            switch outcome {
            case "free": stock = .free
            case "held": stock = .held(retryAt: try row.time(2))
            case "sold": stock = .itemSold
            case "all_sold": stock = .allItemsSold
            default: throw row.unreadable("the outcome \(outcome) is unknown")
            }
            let holding = try row[5].optional.map { _ throws(PostgresError) in try row.code(5, of: sale) }
            return .decided(
                Confirmation(
                    stock: stock, taken: Int(try row[3].int32()), limit: Int(try row[4].int32()), holding: holding,
                    readAt: try row.time(6)))
        }
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
            let columns = OrderColumns(code: 0, number: 1, buyer: 2, total: 5, tellsRefunds: true)
            let (order, _) = try decodeOrder(row, of: sale, at: columns)
            orders[order.code] = order
        }
        return orders
    }
}

// MARK: - Rows of results

extension Batches {
    /// The outcomes of a batch's rows. The first column of a result is the row's place, from 1; rows at place 0 tell of
    /// holds that ended on the way. A row that cannot be read, or is missing, fails alone.
    private static func outcomes<Value>(
        of count: Int, in rows: PostgresRows,
        ended: (PostgresRow) throws(PostgresError) -> Void = { row throws(PostgresError) in
            throw row.unreadable("the batch has no place 0")
        },
        decode: (PostgresRow, _ place: Int) throws(PostgresError) -> RowOutcome<Value>
    ) throws(PostgresError) -> [RowOutcome<Value>] {
        var outcomes = [RowOutcome<Value>?](repeating: nil, count: count)
        for row in rows {
            let place = Int(try row[0].int32()) - 1
            if place == -1 {
                try ended(row)
                continue
            }
            guard outcomes.indices.contains(place) else { throw row.unreadable("the batch has no place \(place + 1)") }
            do throws(PostgresError) {
                outcomes[place] = try decode(row, place)
            } catch {
                outcomes[place] = .failed(error)
            }
        }
        return outcomes.map { $0 ?? .failed(rows.unreadable("a row is missing")) }
    }

    private static func endedHold(
        _ row: PostgresRow, of sale: SaleID, item: Int32, number: Int32, code: Int, buyer: Int, expiresAt: Int,
        age: Int32
    ) throws(PostgresError) -> EndedHold {
        let hold = Hold(
            unit: Unit(item: item, number: number), code: try row.code(code, of: sale), buyer: try row.buyer(buyer),
            expiresAt: try row.time(expiresAt))
        return EndedHold(hold, age: .milliseconds(age))
    }

    /// Where a result has the order's columns. From `total` on they are in one order: total, currency, time, items,
    /// numbers, names, ages; and of a result that tells refunds, when lines were refunded, and how much of the total.
    private struct OrderColumns {
        let code: Int
        let number: Int
        let buyer: Int
        let total: Int
        var tellsRefunds = false
    }

    private static func decodeOrder(
        _ row: PostgresRow, of sale: SaleID, at columns: OrderColumns
    ) throws(PostgresError) -> (Order, sold: [EndedHold]) {
        let code = try row.code(columns.code, of: sale)
        let buyer = try row.buyer(columns.buyer)
        let orderedAt = try row.time(columns.total + 2)
        let items = try row.numbers(columns.total + 3)
        let numbers = try row[columns.total + 4].int32Array()
        let names = try row[columns.total + 5].stringArray().compactMap(\.self)
        let ages = try row[columns.total + 6].int32Array()
        let refunds = columns.tellsRefunds ? try row.times(columns.total + 7) : items.map { _ in nil }
        let correspond = [numbers.count, names.count, ages.count, refunds.count].allSatisfy { $0 == items.count }
        guard correspond, numbers.allSatisfy({ $0 ?? 1 > 0 }) else {
            throw row.unreadable("the lines of its order do not correspond")
        }
        var lines: [Order.Line] = []
        var sold: [EndedHold] = []
        for (place, item) in items.enumerated() {
            let id = ItemID(sale: sale, number: item)
            let isSold = numbers[place] != nil
            lines.append(Order.Line(item: id, name: names[place], isSold: isSold, refundedAt: refunds[place]))
            // Without an age it was refunded since.
            if let number = numbers[place], let age = ages[place] {
                let hold = Hold(unit: Unit(item: item, number: number), code: code, buyer: buyer, expiresAt: orderedAt)
                sold.append(EndedHold(hold, age: .milliseconds(age)))
            }
        }
        let currency = try row[columns.total + 1].string()
        let refunded = columns.tellsRefunds ? try row[columns.total + 8].optional?.int64() : nil
        let order = Order(
            id: OrderID(sale: sale, number: try row[columns.number].int64()), code: code, buyer: buyer, lines: lines,
            total: Price(minorUnits: try row[columns.total].int64(), currency: currency),
            refunded: refunded.map { Price(minorUnits: $0, currency: currency) }, orderedAt: orderedAt)
        return (order, sold)
    }
}
