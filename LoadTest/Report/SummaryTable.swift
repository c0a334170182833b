// The summary at the end of a run, for a terminal.

import Audit
import Reports

/// Writes a report as text.
struct SummaryTable {
    let report: RunReport

    var text: String {
        var lines = head
        lines.append("")
        lines.append(Self.line("", "", RunReport.Row.columns))
        for row in report.rows { lines.append(Self.line(row.endpoint, row.outcome, row.figures)) }
        lines.append("")
        for row in report.attacks { lines.append("\(row.attack): \(row.words)") }
        for (problem, count) in report.problems.sorted(by: { $0.key < $1.key }) {
            lines.append("problem: \(problem), \(Words.count(count)) times")
        }
        for fault in report.faults {
            lines.append("fault at \(Words.fixed(fault.at, 1)) s: \(fault.command) (\(fault.ending))")
        }
        if let waits = report.waits { lines.append(waits.sentence) }
        if let verdict = report.verdict {
            lines.append(verdict.table)
            lines.append("")
        }
        for result in report.thresholds {
            lines.append("\(result.isMet ? "met   " : "MISSED") \(result.threshold), measured \(result.measured)")
        }
        lines += report.warnings
        lines.append(report.ending.sentence)
        return lines.joined(separator: "\n")
    }

    private var head: [String] {
        let settings = report.settings
        let sale = settings.sale.map { " sale \($0) of \(Words.count(settings.units ?? 0)) units" } ?? ""
        return [
            "",
            "\(settings.scenario) against \(settings.target)\(sale), seed \(settings.seed), "
                + "\(settings.connections) connections, \(settings.threads) threads",
            "\(Words.fixed(report.duration, 1)) s\(report.wasStopped ? " (stopped early)" : ""), "
                + "\(Words.count(report.started)) starts, \(Words.count(report.late)) late, "
                + "\(Words.count(report.dropped)) dropped; lag p99 \(Words.duration(report.lagP99)), "
                + "CPU \(Words.percent(report.cpuShare))",
            "\(Words.count(report.requests)) requests, \(Words.rate(report.rate)); goodput "
                + Words.rate(report.goodput),
        ] + (settings.journal.map { ["journal \($0)"] } ?? [])
    }

    private static func line(_ endpoint: String, _ outcome: String, _ figures: [String]) -> String {
        let line = Words.left(endpoint, 10) + Words.left(outcome, 10)
        return line + figures.map { Words.right($0, 12) }.joined()
    }
}
