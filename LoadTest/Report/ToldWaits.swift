// The waiting times that a waiting room told, against those that came.

import Audit
import Reports

/// Waits by the second in which they were told.
struct ToldWaits: Sendable, Codable {
    /// Averages of the waits of a second, in seconds.
    struct Second: Sendable, Codable {
        var at: Double
        var count: Int
        var low: Double
        var high: Double
        var truth: Double
    }

    /// A wait is told in whole seconds, and its end is seen to a fraction of one.
    private static let slack = 1.0

    var count: Int
    /// How many of them were within their range.
    var kept: Int
    var seconds: [Second]

    init(_ waits: [LineBook.Wait]) {
        count = waits.count
        kept = waits.count { $0.low - Self.slack <= $0.truth && $0.truth <= $0.high + Self.slack }
        seconds = Dictionary(grouping: waits) { Int($0.at) }.sorted { $0.key < $1.key }.map { second, waits in
            func mean(_ value: (LineBook.Wait) -> Double) -> Double {
                waits.reduce(0) { $0 + value($1) } / Double(waits.count)
            }
            return Second(
                at: Double(second) + 0.5, count: waits.count, low: mean(\.low), high: mean(\.high), truth: mean(\.truth)
            )
        }
    }

    var sentence: String {
        "\(Words.count(count)) waits were told, \(Words.percent(Double(kept) / Double(max(1, count)))) of them within "
            + "a second of their range"
    }
}
