// What the rows of a table have in common, in a few patterns: after Chen, Pan, Faloutsos and Papadimitriou, "TSum:
// Fast, Principled Table Summarization" (ADKDD 2013).
//
// A pattern fixes the values of some columns and leaves the others open. Who writes a table down can write a pattern
// once and leave its values out of each row that has them. The pattern that shortens the table most says most about it.
// Its rows are set aside, and the next pattern is that of the rest. A table that no pattern shortens has none.

import Glibc

/// Patterns of a table, the most telling first.
public struct TableSummary: Sendable, Codable, Equatable {
    /// Some values that rows have in common.
    public struct Pattern: Sendable, Codable, Equatable {
        /// A value for each column; nil where the pattern leaves it open.
        public let values: [String?]
        /// How many rows have these values and none of an earlier pattern.
        public let count: Int
    }

    /// The names of the columns.
    public let columns: [String]
    /// How many rows the table has.
    public let count: Int
    /// The values that all rows have, by column; nil where rows differ. No pattern names them.
    public let everywhere: [String?]
    public let patterns: [Pattern]

    /// Summarises a table. It costs a pass over the rows that differ for each value that a pattern fixes.
    ///
    /// - Parameter patternsMax: a large table has many patterns, and its reader wants the first few.
    public init(_ records: Records, patternsMax: Int = 6) {
        columns = records.columns.map(\.name)
        count = records.count
        let values = records.columns.indices.map { records.counts(of: $0).map { $0 > 0 } }
        everywhere = zip(records.columns, values).map { column, isThere in
            isThere.count(where: \.self) == 1 ? isThere.firstIndex(of: true).map { column.values[$0] } : nil
        }
        let search = PatternSearch(columns: values)
        var rest = records.counts.map { PatternSearch.Row(key: $0.key, count: $0.value) }
        var patterns: [Pattern] = []
        while patterns.count < patternsMax, let found = search.best(of: rest) {
            rest.removeAll { found.fits($0) }
            let fixed = records.columns.enumerated().map { index, column in
                found.code(of: index).map { column.values[Int($0)] }
            }
            patterns.append(Pattern(values: fixed, count: found.count))
        }
        self.patterns = patterns
    }

    /// Values with the names of their columns: `age adult, gender M`.
    public func words(of values: [String?]) -> String {
        zip(columns, values).compactMap { name, value in value.map { "\(name) \($0)" } }.joined(separator: ", ")
    }
}

/// Finds the pattern that saves most bits. It grows patterns value by value for as long as each value saves more.
private struct PatternSearch {
    struct Row {
        let key: UInt64
        let count: Int
    }

    struct Candidate {
        /// The bytes of the columns that are fixed, and their codes.
        var mask: UInt64 = 0
        var key: UInt64 = 0
        var count = 0
        /// What a row costs in the fixed columns, in bits.
        var bits = 0
        var saved = -Double.infinity

        func fits(_ row: Row) -> Bool { row.key & mask == key }

        func code(of column: Int) -> UInt8? {
            let shift = 8 * UInt64(column)
            return mask >> shift & 0xFF == 0 ? nil : UInt8(truncatingIfNeeded: key >> shift)
        }
    }

    /// Which values of each column occur, by their codes.
    let columns: [[Bool]]

    /// Nil if no pattern saves anything. Each column's most frequent value is a start, so that a value which looks best
    /// alone does not hide a better pattern.
    func best(of rows: [Row]) -> Candidate? {
        var best = Candidate()
        let counts = counts(rows)
        for column in columns.indices {
            guard let start = grown(Candidate(), by: column, counts[column]) else { continue }
            let pattern = expanded(start, rows.filter { start.fits($0) })
            if pattern.saved > best.saved { best = pattern }
        }
        return best.saved > 0 ? best : nil
    }

    /// - Parameter rows: those that fit the pattern.
    private func expanded(_ start: Candidate, _ rows: [Row]) -> Candidate {
        var (pattern, rows) = (start, rows)
        while true {
            var next = pattern
            let counts = counts(rows)
            for column in columns.indices where pattern.code(of: column) == nil {
                guard let candidate = grown(pattern, by: column, counts[column]) else { continue }
                if candidate.saved > next.saved { next = candidate }
            }
            guard next.mask != pattern.mask else { return pattern }
            pattern = next
            rows.removeAll { !pattern.fits($0) }
        }
    }

    /// The pattern with a column's most frequent value too; nil without rows, and where all rows of the table have it.
    private func grown(_ pattern: Candidate, by column: Int, _ counts: [Int]) -> Candidate? {
        let bits = Self.bits(ofValues: columns[column].count(where: \.self))
        guard bits > 0, let code = counts.indices.max(by: { counts[$0] < counts[$1] }), counts[code] > 0 else {
            return nil
        }
        var grown = pattern
        grown.mask |= 0xFF << (8 * UInt64(column))
        grown.key |= UInt64(code) << (8 * UInt64(column))
        grown.count = counts[code]
        grown.bits += bits
        grown.saved =
            Double(grown.count - 1) * Double(grown.bits) - Double(columns.count) - Self.universalBits(grown.count)
        return grown
    }

    /// How many rows have each value, by column and code.
    private func counts(_ rows: [Row]) -> [[Int]] {
        var counts = [Int](repeating: 0, count: columns.count * 256)
        for row in rows {
            var key = row.key
            for column in columns.indices {
                counts[column &* 256 &+ Int(key & 0xFF)] &+= row.count
                key >>= 8
            }
        }
        return columns.indices.map { Array(counts[($0 * 256)..<($0 * 256 + columns[$0].count)]) }
    }

    /// What a code of so many values is long.
    private static func bits(ofValues count: Int) -> Int {
        count > 1 ? Int.bitWidth - (count - 1).leadingZeroBitCount : 0
    }

    /// What a count costs that may be any: Rissanen's universal code of integers.
    private static func universalBits(_ count: Int) -> Double {
        var (bits, rest) = (log2(2.865064), log2(Double(count)))
        while rest > 0 {
            bits += rest
            rest = log2(rest)
        }
        return bits
    }
}
