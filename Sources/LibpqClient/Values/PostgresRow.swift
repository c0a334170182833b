// One row of a result, and its fields by column number.

/// A row. It keeps the whole result alive.
public struct PostgresRow: Sendable {
    let rows: PostgresRows
    let index: Int

    /// The field in a column, counted from 0. Where the result has no such column, reading the field is an error.
    public subscript(column: Int) -> PostgresField { PostgresField(rows: rows, row: index, column: column) }

    /// The error of a row whose fields can be read, but mean nothing to this program.
    ///
    /// - Parameter why: a sentence without values of the row.
    public func unreadable(_ why: String) -> PostgresError { rows.unreadable("row \(index): \(why)") }
}

extension PostgresRows: RandomAccessCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { count }

    public subscript(position: Int) -> PostgresRow {
        precondition(position >= 0 && position < count, "row \(position) of \(count)")
        return PostgresRow(rows: self, index: position)
    }

    /// The first row; an error if there is none.
    public func firstRow() throws(PostgresError) -> PostgresRow {
        guard count > 0 else { throw unreadable("it has no row") }
        return PostgresRow(rows: self, index: 0)
    }
}
