// What the table for a terminal and the page say in the same words.

import Reports

extension RunReport {
    /// Why the figures cannot be trusted, or are not of the load that was asked for.
    var warnings: [String] {
        invalid.map { "INVALID: \($0)" } + [incomplete].compactMap(\.self).map { "INCOMPLETE: \($0)" }
    }
}

extension RunReport.Row {
    /// The heads of the columns of `figures`.
    static let columns = ["count", "p50", "p90", "p99", "p99.9", "longest", "service p99"]

    var figures: [String] {
        [Words.count(count)]
            + [response.p50, response.p90, response.p99, response.p999, response.longest, service.p99]
            .map(Words.duration)
    }
}

extension RunRecord.Fault {
    /// How its command ended.
    var ending: String { exitCode.map { "ended with \($0)" } ?? "still running at the end" }
}
