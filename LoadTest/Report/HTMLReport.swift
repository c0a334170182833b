// The report as one HTML file without other files: the figures, the audit, and charts on one time axis with the faults.

import Audit
import Reports
import Textbook

/// Writes a report as HTML.
struct HTMLReport {
    let report: RunReport

    var text: String {
        let settings = report.settings
        let body = """
            <h1>\(settings.scenario.escapedForHTML) \(ending)</h1>
            <p class="muted">\(report.startedAt), \(settings.target.escapedForHTML), \
            \(Words.fixed(report.duration, 1)) s\
            \(report.wasStopped ? ", stopped early" : ""), seed \(settings.seed), \(settings.connections) connections,
            \(settings.threads) thread\(settings.threads == 1 ? "" : "s")\(sale).\(buyers)</p>
            \(warnings)\(tiles)\(rates)\(latency)\(outcomes)\(stock)\(line)\(waits)\(faults)\(commonalities)\
            \(rows)\(attacks)\(problems)\(audit)\(thresholds)
            """
        return Page(title: "\(settings.scenario) \(report.startedAt)", body: body).text
    }

    private var ending: String {
        "<span class=\"\(report.ending == .passed ? "good" : "bad")\">\(report.ending.word)</span>"
    }

    private var sale: String {
        report.settings.sale.map { ", sale \($0) of \(Words.count(report.settings.units ?? 0)) units" } ?? ""
    }

    private var buyers: String {
        let settings = report.settings
        let kinds = settings.buyers.filter { $0.value > 0 }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .map { "\($0.key.replacing("_", with: " ")) \(Words.fixed($0.value, 0))" }
        let rates = settings.stages?.map { max($0.from, $0.to) }.max().map { "up to \(Words.rate($0))" }
        let count = rates ?? settings.buyersAtATime.map { "\(Words.count($0)) at a time" } ?? ""
        return kinds.isEmpty ? "" : "<br>Buyers, \(count): \(kinds.joined(separator: ", "))."
    }

    private var warnings: String {
        report.warnings.map { "<p class=\"bad\">\($0.escapedForHTML)</p>" }.joined()
    }

    private var tiles: String {
        HTML.tiles([
            ("requests", Words.count(report.requests)), ("rate", Words.rate(report.rate)),
            ("goodput", Words.rate(report.goodput)), ("starts", Words.count(report.started)),
            ("late", Words.count(report.late)), ("dropped", Words.count(report.dropped)),
            ("lag p99", Words.duration(report.lagP99)), ("generator's CPU", Words.percent(report.cpuShare)),
        ])
    }

    // MARK: - Charts

    private var rates: String {
        let series = [
            LineChart.Series("all requests", .blue, points(\.rate), .broad),
            LineChart.Series("goodput", .green, points(\.goodput)),
        ]
        return chart("Requests a second", series)
    }

    private var latency: String {
        let series = [
            LineChart.Series("p50", .green, points(\.p50)),
            LineChart.Series("p99", .orange, points(\.p99)),
            LineChart.Series("p99.9", .red, points(\.p999)),
        ]
        return chart("Response time, from the intended start", series, stepMin: 1e-5) {
            $0 > 0 ? Words.rough($0) : "0"
        }
    }

    private var outcomes: String {
        let seen = Outcome.allCases.filter { outcome in report.seconds.contains { $0[outcome] > 0 } }
        return chart(
            "Answers a second, by outcome",
            seen.map { outcome in
                LineChart.Series(
                    outcome.name, Self.color(outcome), points { Double($0[outcome]) / max($0.length, 0.001) })
            } + (report.dropped > 0 ? [dropped] : []))
    }

    private var dropped: LineChart.Series {
        LineChart.Series("dropped, not sent", .cyan, points { Double($0.dropped) / max($0.length, 0.001) })
    }

    /// The units sold, if the service told them in any second. How many are left is not known: operators may restock.
    private var stock: String {
        let sold = report.seconds.compactMap { second in
            second.itemsSold.map { (at: second.at, value: Double($0)) }
        }
        guard !sold.isEmpty else { return "" }
        return chart("Units sold, as the service lists them", [LineChart.Series("units", .blue, sold, .area)])
    }

    /// How many were called and how many waited, if anybody asked.
    private var line: String {
        let seen = report.seconds.compactMap { second in second.line.map { (at: second.at, line: $0) } }
        guard !seen.isEmpty else { return "" }
        return chart(
            "The line: numbers called and waiting",
            [
                LineChart.Series(
                    "given", .blue, seen.map { ($0.at, Double($0.line.called + $0.line.waiting)) }, .broad),
                LineChart.Series("called", .green, seen.map { ($0.at, Double($0.line.called)) }),
                LineChart.Series("waiting", .orange, seen.map { ($0.at, Double($0.line.waiting)) }),
            ])
    }

    /// The waiting times that were told, against the true ones.
    private var waits: String {
        guard let waits = report.waits else { return "" }
        let series = [
            LineChart.Series("told, at least", .cyan, waits.seconds.map { ($0.at, $0.low) }),
            LineChart.Series("told, at most", .blue, waits.seconds.map { ($0.at, $0.high) }),
            LineChart.Series("true", .green, waits.seconds.map { ($0.at, $0.truth) }),
        ]
        return chart("Waiting time, by when it was told", series) { "\(Words.count(Int($0.rounded()))) s" }
            + "<p>\(waits.sentence).</p>"
    }

    private func chart(
        _ title: String, _ series: [LineChart.Series], stepMin: Double = 1, format: ((Double) -> String)? = nil
    ) -> String {
        LineChart(
            title: title, series: series, time: 0...report.duration,
            marks: .init("fault", at: report.faults.map(\.at)),
            stretches: [
                .init("starts dropped", .red, spans(\.dropped)), .init("requests shed", .orange, spans { $0[.shed] }),
            ],
            stepMin: stepMin, format: format
        ).html
    }

    /// The time of the seconds in which something happened; neighbours are one span.
    private func spans(_ count: (Second) -> Int) -> [ClosedRange<Double>] {
        report.seconds.filter { count($0) > 0 }.reduce(into: []) { spans, second in
            let begin = second.at - second.length
            if let last = spans.last, begin <= last.upperBound + 1e-6 {
                spans[spans.count - 1] = last.lowerBound...second.at
            } else {
                spans.append(begin...second.at)
            }
        }
    }

    /// A second's value stands in its middle; the first and the last extend to the run's ends.
    private func points(_ value: (Second) -> Double) -> [(at: Double, value: Double)] {
        guard let first = report.seconds.first, let last = report.seconds.last else { return [] }
        return [(first.at - first.length, value(first))]
            + report.seconds.map { ($0.at - $0.length / 2, value($0)) } + [(last.at, value(last))]
    }

    private static func color(_ outcome: Outcome) -> PageColor {
        switch outcome {
        case .won: .green
        case .soldOut: .gray
        case .limit: .blue
        case .refused: .purple
        case .shed: .orange
        case .error: .red
        case .unknown: .text
        }
    }

    // MARK: - Tables

    private var faults: String {
        guard !report.faults.isEmpty else { return "" }
        let rows = report.faults.enumerated().map { index, fault in
            ["\(index + 1)", "\(Words.fixed(fault.at, 1)) s", fault.command, fault.ending]
        }
        return HTML.table("Faults", ["", "at", "command", ""], rows)
    }

    private var commonalities: String {
        let slow = report.slow.map { slow in
            HTML.patterns(
                "What slow requests have in common (\(Words.rough(slow.from)) or more)", slow.summary, .orange)
        }
        let failed = HTML.patterns("What shed, failed and unanswered requests have in common", report.failed, .red)
        return (slow ?? "") + failed
    }

    private var rows: String {
        HTML.table(
            "Requests", ["endpoint", "outcome"] + RunReport.Row.columns,
            report.rows.map { [$0.endpoint, $0.outcome] + $0.figures })
    }

    private var problems: String {
        guard !report.problems.isEmpty else { return "" }
        return HTML.table(
            "Problems", ["problem", "times"],
            report.problems.sorted { $0.key < $1.key }.map { [$0.key, Words.count($0.value)] })
    }

    private var attacks: String {
        guard !report.attacks.isEmpty else { return "" }
        return HTML.table("Attackers", ["kind", "connections"], report.attacks.map { [$0.attack, $0.words] })
    }

    private var audit: String {
        guard let verdict = report.verdict else { return "" }
        let ending = RunEnding(verdict)
        let word = ending == .promiseBroken ? "failed" : ending.word
        let title = "<h2>Audit: <span class=\"\(ending == .passed ? "good" : "bad")\">\(word)</span></h2>"
        var text = "<table>"
        for finding in verdict.findings {
            let result = finding.breaches == 0 ? "ok" : "\(finding.breaches) broken"
            text += "<tr><td>\(finding.invariant)</td><td>\(finding.sentence.escapedForHTML)</td>"
            text += "<td class=\"\(finding.breaches == 0 ? "good" : "bad")\">\(result)</td></tr>"
            for example in finding.counterexamples {
                text += "<tr><td></td><td colspan=\"2\"><pre>\(example.escapedForHTML)</pre></td></tr>"
            }
        }
        return title + HTML.wide(text + "</table>", "Audit")
            + verdict.notes.map { "<p>\($0.escapedForHTML)</p>" }.joined()
    }

    private var thresholds: String {
        guard !report.thresholds.isEmpty else { return "" }
        return HTML.table(
            "Thresholds", ["threshold", "measured", ""],
            report.thresholds.map { [$0.threshold, $0.measured, $0.isMet ? "met" : "MISSED"] })
    }
}
