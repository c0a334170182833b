// What the drift check asks of the ledger in Postgres.

public import FlashSale
internal import LibpqClient

extension PostgresSaleLedger {
    /// The most changes in a page.
    static let changesPerPage = 1_000

    public func stock(of sale: Sale, units: Range<Int>) async throws(LedgerFailure) -> StockBits {
        let (first, last) = (sale.unit(at: units.lowerBound), sale.unit(at: units.upperBound - 1))
        let parameters: [PostgresValue] = [
            .int4(sale.id.number), .int4(first.item), .int4(first.number), .int4(last.item), .int4(last.number),
        ]
        return try await bulk.ask(Statements.stockPart, parameters, within: LedgerTimes.bulk) {
            rows throws(PostgresError) in
            let row = try rows.firstRow()
            var stock = StockBits(unitCount: units.count)
            func ordinals(_ items: Int, _ numbers: Int) throws(PostgresError) -> [Int] {
                guard row[items].optional != nil else { return [] }
                return try row.units(items, numbers, of: sale).map { unit throws(PostgresError) in
                    let ordinal = sale.ordinal(of: unit)
                    guard units.contains(ordinal) else { throw row.unreadable("the unit is not of the part") }
                    return ordinal - units.lowerBound
                }
            }
            for ordinal in try ordinals(0, 1) { stock.markHeld(ordinal) }
            for ordinal in try ordinals(2, 3) { stock.markSold(ordinal) }
            return stock
        }
    }

    public func units(_ ordinals: [Int], of sale: Sale) async throws(LedgerFailure) -> [UnitState] {
        let units = ordinals.map { sale.unit(at: $0) }
        let parameters: [PostgresValue] = [
            .int4(sale.id.number), .int4Array(units.map(\.item)), .int4Array(units.map(\.number)),
        ]
        return try await bulk.ask(Statements.unitsAt, parameters, within: LedgerTimes.bulk) {
            rows throws(PostgresError) in
            var states = [UnitState](repeating: .free, count: units.count)
            for row in rows {
                let place = Int(try row[0].int32()) - 1
                guard states.indices.contains(place) else { throw row.unreadable("no unit has the place") }
                if try row[1].bool() {
                    states[place] = .sold(try row.hold(2, on: units[place], of: sale))
                } else if let hold = try? row.hold(2, on: units[place], of: sale) {
                    states[place] = .held(hold, reservedFor: nil)
                }
            }
            return states
        }
    }

    public func changes(
        of sale: Sale, after page: ChangePage?, fence: FencingNumber
    ) async throws(LedgerFailure) -> ChangesOutcome {
        let parameters: [PostgresValue] = [
            .int4(sale.id.number), .int8(fence.value), page.map { .int8($0.end) } ?? .null,
            .int4(Int32(Self.changesPerPage)),
        ]
        return try await bulk.ask(Statements.readChanges, parameters, within: LedgerTimes.bulk) {
            rows throws(PostgresError) in
            var changes: [UnitChange] = []
            var end = page?.end ?? 0
            for row in rows {
                let name = try row[1].string()
                if name == "stale" { return .stale }
                end = try row[0].int64()
                if name == "newest" { break }
                guard let kind = UnitChange.Kind(rawValue: name) else {
                    throw row.unreadable("the kind \(name) is unknown")
                }
                changes.append(UnitChange(kind, try row.units(2, 3, of: sale)))
            }
            return .read(ChangePage(changes, end: end, isFull: changes.count == Self.changesPerPage))
        }
    }
}
