// The series by the second, for spreadsheets.

import Audit
import Reports

enum SecondsCSV {
    /// A line for each second, with a head.
    static func text(_ seconds: [Second]) -> String {
        let head =
            ["seconds", "started", "late", "dropped", "rate", "goodput", "p50_seconds", "p99_seconds", "p999_seconds"]
            + Outcome.allCases.map(\.name) + ["items_sold"]
        let lines = seconds.map { second in
            let figures = [second.rate, second.goodput, second.p50, second.p99, second.p999].map { "\($0)" }
            let words =
                [Words.fixed(second.at, 3), "\(second.started)", "\(second.late)", "\(second.dropped)"] + figures
                + second.counts.map { "\($0)" } + [second.itemsSold.map { "\($0)" } ?? ""]
            return words.joined(separator: ",")
        }
        return ([head.joined(separator: ",")] + lines).joined(separator: "\n") + "\n"
    }
}
