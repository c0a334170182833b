// TSum: what it finds in the paper's table, in tables that were made with patterns, and in those without any.

import Testing

@testable import Reports

@Suite("What the rows of a table have in common")
struct TableSummaryTests {
    /// The paper's example: ten patients.
    private static let patients = [
        ["M", "adult", "normal"], ["M", "adult", "low"], ["M", "adult", "normal"], ["M", "adult", "high"],
        ["M", "adult", "low"], ["F", "child", "low"], ["M", "child", "low"], ["F", "child", "low"],
        ["F", "teen", "high"], ["F", "child", "normal"],
    ]

    private static func summary(_ columns: [String], _ rows: [[String]]) -> TableSummary {
        var records = Records(columns.map { Records.Column($0) })
        for row in rows { records.add(row) }
        return TableSummary(records)
    }

    @Test("Of ten patients half are adult men, and three are children with low pressure")
    func patients() {
        let summary = Self.summary(["gender", "age", "pressure"], Self.patients)
        #expect(summary.count == 10)
        #expect(summary.patterns.map(\.values) == [["M", "adult", nil], [nil, "child", "low"]])
        #expect(summary.patterns.map(\.count) == [5, 3])
        #expect(summary.everywhere == [nil, nil, nil])
        #expect(
            summary.patterns.map(\.values).map(summary.words) == ["gender M, age adult", "age child, pressure low"])
    }

    @Test("The order of columns and rows does not matter", arguments: [[2, 1, 0], [1, 2, 0], [2, 0, 1], [0, 2, 1]])
    func order(_ order: [Int]) {
        let names = ["gender", "age", "pressure"]
        let rows = Self.patients.reversed().map { row in order.map { row[$0] } }
        let found = Self.summary(order.map { names[$0] }, rows).patterns.map { pattern in
            names.map { name in pattern.values[order.firstIndex(of: names.firstIndex(of: name) ?? 0) ?? 0] }
        }
        #expect(found == [["M", "adult", nil], [nil, "child", "low"]])
    }

    @Test("Planted patterns are found among noise, the largest first")
    func planted() {
        var records = Records(["outcome", "kind", "minute"].map { Records.Column($0) })
        for index in 0..<1_000 { records.add(["\(index % 7)", "\(index / 7 % 11)", "\(index / 77 % 13)"]) }
        records.add(["sold out", "bot", "0"], count: 600)
        for minute in 0..<10 { records.add(["expired", "hoarder", "\(minute)"], count: 40) }
        let summary = TableSummary(records, patternsMax: 2)
        #expect(summary.patterns.map(\.values) == [["sold out", "bot", "0"], ["expired", "hoarder", nil]])
        #expect(summary.patterns.map(\.count) == [600, 400])
    }

    @Test("What all rows have is no pattern, and a value that no row has any more costs nothing")
    func everywhere() {
        var records = Records([Records.Column("outcome", ["won", "shed", "error"]), Records.Column("kind")])
        for kind in ["bot", "bot", "bot", "buyer", "buyer", "late"] { records.add(["shed", kind], count: 10) }
        records.add(["won", "bot"], count: 100)
        let summary = TableSummary(records.filtered(by: 0) { $0 != 0 })
        #expect(summary.count == 60 && summary.everywhere == ["shed", nil])
        #expect(summary.patterns.map(\.values) == [[nil, "bot"], [nil, "buyer"], [nil, "late"]])
    }

    @Test("A table without a pattern has none, and neither has an empty one")
    func none() {
        #expect(Self.summary(["a", "b"], [["1", "1"], ["2", "2"], ["3", "3"]]).patterns.isEmpty)
        #expect(Self.summary(["a"], []) == TableSummary(Records([Records.Column("a")])))
        #expect(Self.summary(["a"], []).count == 0)
    }

    @Test("A column with more values than a byte tells apart has others, and every row counts")
    func others() {
        var records = Records([Records.Column("buyer"), Records.Column("kind")])
        for buyer in 0..<1_000 { records.add(["\(buyer)", "bot"]) }
        #expect(records.count == 1_000)
        #expect(records.columns[0].values.count == Records.valuesMax + 1)
        #expect(records.counts(of: 0)[Records.valuesMax] == 1_000 - Records.valuesMax)
        #expect(TableSummary(records).patterns.first?.values == [Records.otherValue, nil])
    }

    @Test("Tables of the same columns add up, and a table can be narrowed to some values")
    func adding() {
        let columns = [Records.Column("outcome", ["won", "lost"]), Records.Column("kind", ["bot", "buyer"])]
        var first = Records(columns)
        var second = Records(columns)
        first.add(codes: [0, 1], count: 3)
        second.add(["lost", "buyer"], count: 2)
        first.add(second)
        #expect(first.counts(of: 0) == [3, 2] && first.counts(of: 1) == [0, 5])
        #expect(first.filtered(by: 0) { $0 == 1 }.count == 2)
    }
}
