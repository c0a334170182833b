// One row of a result, and its fields by column number.

/// A row. It keeps the whole result alive.
public struct PostgresRow: Sendable {
    let rows: PostgresRows
    let index: Int

    /// The field in a column, counted from 0.
    public subscript(column: Int) -> PostgresField {
        precondition(column >= 0 && column < rows.columnCount, "column \(column) of \(rows.columnCount)")
        return PostgresField(rows: rows, row: index, column: column)
    }
}

extension PostgresRows: RandomAccessCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { count }

    public subscript(position: Int) -> PostgresRow {
        precondition(position >= 0 && position < count, "row \(position) of \(count)")
        return PostgresRow(rows: self, index: position)
    }
}
