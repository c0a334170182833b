// What a queue's wait is expected to be, by the batches that went before.

import FlashSale
import Testing

@testable import PostgresLedger

@Suite("The pace of batches")
struct BatchPaceTests {
    /// A pace that has seen batches of these rows, each a fixed time and a time for each row.
    private static func pace(
        of rows: [Int], base: Duration = .milliseconds(1), perRow: Duration = .microseconds(30)
    ) -> BatchPace {
        var pace = BatchPace()
        for rows in rows { pace.ended(rows: rows, took: base + perRow * rows) }
        return pace
    }

    @Test("Whoever comes first, and whoever comes after a quiet time, waits for nothing")
    func cold() {
        #expect(BatchPace().wait(behind: 8_000) == .zero)
        #expect(Self.pace(of: [Int](repeating: 1, count: 100)).wait(behind: 8_000) == .zero)
    }

    @Test("A crowd waits for the rows before it, not for the commit of a slow disk", arguments: [1, 20, 80])
    func rows(milliseconds: Int) {
        let crowd = [Int](repeating: 1, count: 20) + [Int](repeating: 256, count: 50)
        let wait = Self.pace(of: crowd, base: .milliseconds(milliseconds)).wait(behind: 1_000)
        #expect(wait > .milliseconds(29) && wait < .milliseconds(32), "\(wait)")
    }

    @Test("A database that becomes slow makes the wait longer; a pause is forgotten with the next batch")
    func change() {
        var pace = Self.pace(of: [1, 1, 1, 256, 256, 256])
        let before = pace.wait(behind: 1_000)
        for _ in 0..<30 { pace.ended(rows: 200, took: .milliseconds(40)) }
        #expect(pace.wait(behind: 1_000) > .milliseconds(180))
        pace = Self.pace(of: [1, 1, 1, 256, 256, 256])
        pace.ended(rows: 200, took: .seconds(2))
        #expect(pace.wait(behind: 1_000) > .seconds(1))
        pace.ended(rows: 12, took: .milliseconds(1))
        #expect(pace.wait(behind: 1_000) < before * 10)
    }
}
