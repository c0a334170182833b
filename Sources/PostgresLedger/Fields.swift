// Fields of results as values of the domain. A value that the domain would not take is an error, never a trap: whatever
// stands in the database, a process survives it.

import FlashSale
import LibpqClient

extension PostgresRow {
    /// A number of a sale, an item or a unit, which count from 1, or a size.
    func number(_ column: Int) throws(PostgresError) -> Int32 {
        let number = try self[column].int32()
        guard number > 0 else { throw unreadable("column \(column) is not positive") }
        return number
    }

    /// An array of such numbers.
    func numbers(_ column: Int) throws(PostgresError) -> [Int32] {
        let numbers = try self[column].int32Array()
        guard numbers.allSatisfy({ $0 ?? 0 > 0 }) else { throw unreadable("column \(column) is not positive") }
        return numbers.compactMap(\.self)
    }

    /// A time of the years 1970 to 9999. The infinities are no time.
    func time(_ column: Int) throws(PostgresError) -> Timestamp {
        try time(try self[column].timestamp(), in: column)
    }

    /// An array of such times.
    func times(_ column: Int) throws(PostgresError) -> [Timestamp?] {
        try self[column].timestampArray().map { microseconds throws(PostgresError) in
            try microseconds.map { value throws(PostgresError) in try time(value, in: column) }
        }
    }

    private func time(_ microseconds: Int64, in column: Int) throws(PostgresError) -> Timestamp {
        let time = Timestamp(microseconds: microseconds)
        guard Timestamp.range.contains(time) else {
            throw unreadable("column \(column) is not a time from 1970 to 9999")
        }
        return time
    }

    func buyer(_ column: Int) throws(PostgresError) -> BuyerID {
        guard let buyer = BuyerID(try self[column].string()) else {
            throw unreadable("column \(column) is not the id of a buyer")
        }
        return buyer
    }

    func code(_ column: Int, of sale: SaleID) throws(PostgresError) -> CheckoutCode {
        CheckoutCode(sale: sale, try self[column].uuid())
    }

    /// A hold by its code, its buyer and its end, in columns that follow one another.
    func hold(_ column: Int, on unit: Unit, of sale: Sale) throws(PostgresError) -> Hold {
        Hold(
            unit: unit, code: try code(column, of: sale.id), buyer: try buyer(column + 1),
            expiresAt: try time(column + 2))
    }

    /// The unit in two columns, its item and its number; nil if the sale does not have it. Such a row is an operator's
    /// slip: the audit names it, and nobody else counts it.
    func unit(_ item: Int, _ number: Int, of sale: Sale) throws(PostgresError) -> Unit? {
        let unit = Unit(item: try self[item].int32(), number: try self[number].int32())
        return sale.contains(unit) ? unit : nil
    }

    /// The units in two columns of arrays, their items and their numbers, without those that the sale does not have.
    func units(_ items: Int, _ numbers: Int, of sale: Sale) throws(PostgresError) -> [Unit] {
        let (items, numbers) = (try self[items].int32Array(), try self[numbers].int32Array())
        guard items.count == numbers.count else { throw unreadable("items and numbers do not correspond") }
        return zip(items, numbers).compactMap { item, number in
            if let item, let number { Unit(item: item, number: number) } else { nil }
        }.filter(sale.contains)
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
