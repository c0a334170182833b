// Rows of results: what the batch functions share.

import FlashSale
import LibpqClient

extension Batches {
    /// The outcomes of a batch's rows. The first column of a result is the row's place, from 1; rows at place 0 tell of
    /// holds that ended on the way. A row that cannot be read, or is missing, fails alone.
    static func outcomes<Value>(
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

    static func endedHold(
        _ row: PostgresRow, of sale: SaleID, item: Int32, number: Int32, code: Int, buyer: Int, expiresAt: Int,
        age: Int32
    ) throws(PostgresError) -> EndedHold {
        let hold = Hold(
            unit: Unit(item: item, number: number), code: try row.code(code, of: sale), buyer: try row.buyer(buyer),
            expiresAt: try row.time(expiresAt))
        return EndedHold(hold, age: .milliseconds(age))
    }

    /// Where a result has the order's columns. From `total` on they are in one order: total, currency, time, items,
    /// numbers, names, ages; then, of a result that tells refunds, when lines were refunded and how much of the total;
    /// and last what each line cost.
    struct OrderColumns {
        let code: Int
        let number: Int
        let buyer: Int
        let total: Int
        var tellsRefunds = false
    }

    static func decodeOrder(
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
        let prices = try row[columns.total + (columns.tellsRefunds ? 9 : 7)].int64Array()
        let counts = [numbers.count, names.count, ages.count, refunds.count, prices.count]
        guard counts.allSatisfy({ $0 == items.count }), numbers.allSatisfy({ $0 ?? 1 > 0 }) else {
            throw row.unreadable("the lines of its order do not correspond")
        }
        let currency = try row[columns.total + 1].string()
        var lines: [Order.Line] = []
        var sold: [EndedHold] = []
        for (place, item) in items.enumerated() {
            let id = ItemID(sale: sale, number: item)
            let price = prices[place].map { Price(minorUnits: $0, currency: currency) }
            guard (price == nil) == (numbers[place] == nil) else {
                throw row.unreadable("a line of its order has a unit or a price, and not both")
            }
            lines.append(Order.Line(item: id, name: names[place], price: price, refundedAt: refunds[place]))
            // Without an age it was refunded since.
            if let number = numbers[place], let age = ages[place] {
                let hold = Hold(unit: Unit(item: item, number: number), code: code, buyer: buyer, expiresAt: orderedAt)
                sold.append(EndedHold(hold, age: .milliseconds(age)))
            }
        }
        let refunded = columns.tellsRefunds ? try row[columns.total + 8].optional?.int64() : nil
        let order = Order(
            id: OrderID(sale: sale, number: try row[columns.number].int64()), code: code, buyer: buyer, lines: lines,
            total: Price(minorUnits: try row[columns.total].int64(), currency: currency),
            refunded: refunded.map { Price(minorUnits: $0, currency: currency) }, orderedAt: orderedAt)
        return (order, sold)
    }
}
