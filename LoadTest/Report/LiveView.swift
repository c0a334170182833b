// The view of a run under way: a few lines that are drawn again each second on a terminal, else a line a second.

import Audit
import Reports
import Synchronization

/// Writes to standard error, so that standard output has only results.
final class LiveView: Sendable {
    private let isTerminal: Bool
    private let length: Double
    private let units: Int?
    /// The widths of the lines that stand there.
    private let drawn = Mutex<[Int]>([])

    private static let barWidth = 40

    /// - Parameters:
    ///   - length: how long the run will take, in seconds.
    ///   - units: of the sale.
    init(isTerminal: Bool, length: Double, units: Int?) {
        self.isTerminal = isTerminal
        self.length = length
        self.units = units
    }

    func show(_ reading: LaneReading, _ second: Second) {
        guard isTerminal else {
            StandardError.write(Self.line(reading, second) + "\n")
            return
        }
        let (columns, rows) = StandardError.size
        let lines = Self.fitted(
            Self.drawing(reading, second, length: length, units: units), columns: columns, rows: rows)
        drawn.withLock { drawn in
            if StandardError.write(Self.erasing(drawn, columns: columns) + lines.map { $0 + "\n" }.joined()) {
                drawn = lines.map(\.count)
            }
        }
    }

    /// The lines of a drawing that fit: what the terminal breaks or scrolls away would not be erased.
    static func fitted(_ drawing: String, columns: Int, rows: Int) -> [Substring] {
        drawing.split(separator: "\n").prefix(max(1, rows - 1)).map { $0.prefix(columns) }
    }

    /// Goes back to the first of these lines and erases everything below. A terminal that has become narrower has
    /// broken them.
    static func erasing(_ widths: [Int], columns: Int) -> String {
        let rows = widths.reduce(0) { $0 + max(1, ($1 + columns - 1) / columns) }
        return rows > 0 ? "\u{1B}[\(rows)A\u{1B}[J" : ""
    }

    /// One second as a line.
    static func line(_ reading: LaneReading, _ second: Second) -> String {
        let outcomes = Outcome.allCases.filter { second[$0] > 0 }.map { "\($0.name) \(second[$0])" }
        let sold = second.itemsSold.map { " sold \($0)" } ?? ""
        return "\(Words.right(Words.fixed(second.at, 1), 6)) s \(Words.rate(second.rate)) good "
            + "\(Words.rate(second.goodput)) p50 \(Words.duration(second.p50)) p99 \(Words.duration(second.p99))"
            + "\(sold) | \(outcomes.joined(separator: ", "))"
            + (reading.facts.dropped > 0 ? ", dropped \(reading.facts.dropped)" : "")
    }

    /// The whole picture.
    static func drawing(_ reading: LaneReading, _ second: Second, length: Double, units: Int?) -> String {
        let facts = reading.facts
        var lines = [
            "time     \(bar(second.at / max(length, 0.001))) \(Words.fixed(second.at, 0)) of "
                + "\(Words.fixed(length, 0)) s"
        ]
        if let units, units > 0, let sold = second.itemsSold {
            lines.append("stock    \(bar(1 - Double(sold) / Double(units))) \(Words.count(max(0, units - sold))) left")
        }
        lines.append(
            "rate     \(Words.rate(second.rate)), goodput \(Words.rate(second.goodput)); "
                + "\(Words.count(reading.buyers)) buyers, \(reading.inFlight) in flight, \(reading.waiting) waiting, "
                + "\(reading.connections) connections"
        )
        lines.append(
            "latency  p50 \(Words.duration(second.p50))  p99 \(Words.duration(second.p99))  "
                + "p99.9 \(Words.duration(second.p999))")
        let outcomes = Outcome.allCases.map { "\($0.name) \(Words.count(facts.count($0)))" }
        lines.append("answers  \(outcomes.joined(separator: "  "))")
        lines.append(
            "starts   \(Words.count(facts.started)), \(Words.count(facts.late)) late, \(Words.count(facts.dropped)) "
                + "dropped; lag p99 \(Words.duration(facts.lag.quantile(0.99)))")
        return lines.joined(separator: "\n") + "\n"
    }

    private static func bar(_ share: Double) -> String {
        let full = Int((min(1, max(0, share)) * Double(barWidth)).rounded())
        return "[" + String(repeating: "#", count: full) + String(repeating: "·", count: barWidth - full) + "]"
    }
}
