// The report as one HTML file without other files: the figures, the audit, and charts on one time axis with the faults.

import Audit

/// Writes a report as HTML.
struct HTMLReport {
    let report: RunReport

    var text: String {
        let settings = report.settings
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(Self.escape(settings.scenario)) \(report.startedAt)</title>
            <style>\(Self.style)</style></head><body>
            <h1>\(Self.escape(settings.scenario)) \(ending)</h1>
            <p>\(report.startedAt), \(Self.escape(settings.target)), \(Words.fixed(report.duration, 1)) s\
            \(report.wasStopped ? ", stopped early" : ""), seed \(settings.seed), \(settings.connections) connections,
            \(settings.threads) threads\(sale).\(buyers)</p>
            \(invalid)\(tiles)\(rates)\(latency)\(outcomes)\(stock)\(line)\(waits)\
            \(faults)\(rows)\(attacks)\(problems)\(audit)\(thresholds)
            </body></html>

            """
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

    private var invalid: String {
        let reasons = report.invalid.map { "INVALID: \($0)" } + (report.incomplete.map { ["INCOMPLETE: \($0)"] } ?? [])
        return reasons.map { "<p class=\"bad\">\(Self.escape($0))</p>" }.joined()
    }

    private var tiles: String {
        let tiles = [
            ("requests", Words.count(report.requests)), ("rate", Words.rate(report.rate)),
            ("goodput", Words.rate(report.goodput)), ("starts", Words.count(report.started)),
            ("late", Words.count(report.late)), ("dropped", Words.count(report.dropped)),
            ("lag p99", Words.duration(report.lagP99)), ("generator's CPU", Words.percent(report.cpuShare)),
        ]
        return "<div class=\"tiles\">"
            + tiles.map { "<div><b>\($0.1)</b><br>\($0.0)</div>" }.joined() + "</div>"
    }

    // MARK: Charts

    private var rates: String {
        let series = [
            LineChart.Series(name: "all requests", color: "#9bf", points: points(\.rate), isBroad: true),
            LineChart.Series(name: "goodput", color: "#175", points: points(\.goodput)),
        ]
        return counts("Requests a second", series)
    }

    private var latency: String {
        let series = [
            LineChart.Series(name: "p50", color: "#2a7", points: points(\.p50)),
            LineChart.Series(name: "p99", color: "#d80", points: points(\.p99)),
            LineChart.Series(name: "p99.9", color: "#c33", points: points(\.p999)),
        ]
        return chart("Response time, from the intended start", series, stepMin: 1e-5) {
            $0 > 0 ? Words.duration($0).replacing(".00", with: "") : "0"
        }
    }

    private var outcomes: String {
        let seen = Outcome.allCases.filter { outcome in report.seconds.contains { $0[outcome] > 0 } }
        return counts(
            "Answers a second, by outcome",
            seen.map { outcome in
                LineChart.Series(
                    name: outcome.name, color: Self.color(outcome),
                    points: points { Double($0[outcome]) / max($0.length, 0.001) })
            } + (report.dropped > 0 ? [dropped] : []))
    }

    private var dropped: LineChart.Series {
        LineChart.Series(
            name: "dropped, not sent", color: "#909",
            points: points { Double($0.dropped) / max($0.length, 0.001) })
    }

    /// The units left, if the service told them in any second.
    private var stock: String {
        guard let units = report.settings.units, report.seconds.contains(where: { $0.itemsSold != nil }) else {
            return ""
        }
        let left = report.seconds.compactMap { second in
            second.itemsSold.map { (at: second.at, value: Double(max(0, units - $0))) }
        }
        return counts(
            "Units left, as the service lists them", [LineChart.Series(name: "units", color: "#57c", points: left)])
    }

    /// How many were called and how many waited, if anybody asked.
    private var line: String {
        let seen = report.seconds.compactMap { second in second.line.map { (at: second.at, line: $0) } }
        guard !seen.isEmpty else { return "" }
        return counts(
            "The line: numbers called and waiting",
            [
                LineChart.Series(
                    name: "given", color: "#9bf",
                    points: seen.map { ($0.at, Double($0.line.called + $0.line.waiting)) }, isBroad: true),
                LineChart.Series(name: "called", color: "#175", points: seen.map { ($0.at, Double($0.line.called)) }),
                LineChart.Series(name: "waiting", color: "#d80", points: seen.map { ($0.at, Double($0.line.waiting)) }),
            ])
    }

    /// The waiting times that were told, against the true ones.
    private var waits: String {
        guard let waits = report.waits else { return "" }
        let series = [
            LineChart.Series(name: "told, at least", color: "#9bf", points: waits.seconds.map { ($0.at, $0.low) }),
            LineChart.Series(name: "told, at most", color: "#57c", points: waits.seconds.map { ($0.at, $0.high) }),
            LineChart.Series(name: "true", color: "#175", points: waits.seconds.map { ($0.at, $0.truth) }),
        ]
        return chart("Waiting time, by when it was told", series, stepMin: 1) { "\(Words.count(Int($0.rounded()))) s" }
            + "<p>\(waits.sentence).</p>"
    }

    private func counts(_ title: String, _ series: [LineChart.Series]) -> String {
        chart(title, series, stepMin: 1) { Words.count(Int($0.rounded())) }
    }

    private func chart(
        _ title: String, _ series: [LineChart.Series], stepMin: Double, format: @escaping (Double) -> String
    ) -> String {
        LineChart(
            title: title, series: series, end: max(report.duration, 1), faults: report.faults.map(\.at),
            stretches: [
                LineChart.Stretches(name: "starts dropped", color: "#c33", spans: spans(\.dropped)),
                LineChart.Stretches(name: "requests shed", color: "#d80", spans: spans { $0[.shed] }),
            ],
            stepMin: stepMin, format: format
        ).svg
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

    private static func color(_ outcome: Outcome) -> String {
        switch outcome {
        case .won: "#2a7"
        case .soldOut: "#999"
        case .limit: "#57c"
        case .refused: "#95b"
        case .shed: "#d80"
        case .error: "#c33"
        case .unknown: "#000"
        }
    }

    // MARK: Tables

    private var faults: String {
        guard !report.faults.isEmpty else { return "" }
        let rows = report.faults.enumerated().map { index, fault in
            [
                "\(index + 1)", "\(Words.fixed(fault.at, 1)) s", fault.command,
                fault.exitCode.map { "ended with \($0)" } ?? "still running at the end",
            ]
        }
        return table("Faults", ["", "at", "command", ""], rows)
    }

    private var rows: String {
        table(
            "Requests", ["endpoint", "outcome", "count", "p50", "p90", "p99", "p99.9", "longest", "service p99"],
            report.rows.map { row in
                [row.endpoint, row.outcome, Words.count(row.count)]
                    + [
                        row.response.p50, row.response.p90, row.response.p99, row.response.p999, row.response.longest,
                        row.service.p99,
                    ].map(Words.duration)
            })
    }

    private var problems: String {
        guard !report.problems.isEmpty else { return "" }
        return table(
            "Problems", ["problem", "times"],
            report.problems.sorted { $0.key < $1.key }.map { [$0.key, Words.count($0.value)] })
    }

    private var attacks: String {
        guard !report.attacks.isEmpty else { return "" }
        return table("Attackers", ["kind", "connections"], report.attacks.map { [$0.attack, $0.words] })
    }

    private var audit: String {
        guard let verdict = report.verdict else { return "" }
        var text = "<h2>Audit: <span class=\"\(verdict.isClean ? "good" : "bad")\">"
        text += "\(verdict.isClean ? "passed" : "failed")</span></h2><table>"
        for finding in verdict.findings {
            let result = finding.breaches == 0 ? "ok" : "\(finding.breaches) broken"
            text += "<tr><td>\(finding.invariant)</td><td>\(Self.escape(finding.sentence))</td>"
            text += "<td class=\"\(finding.breaches == 0 ? "good" : "bad")\">\(result)</td></tr>"
            for example in finding.counterexamples {
                text += "<tr><td></td><td colspan=\"2\"><pre>\(Self.escape(example))</pre></td></tr>"
            }
        }
        return text + "</table>" + verdict.notes.map { "<p>\(Self.escape($0))</p>" }.joined()
    }

    private var thresholds: String {
        guard !report.thresholds.isEmpty else { return "" }
        return table(
            "Thresholds", ["threshold", "measured", ""],
            report.thresholds.map { [$0.threshold, $0.measured, $0.isMet ? "met" : "MISSED"] })
    }

    private func table(_ title: String, _ head: [String], _ rows: [[String]]) -> String {
        let head = head.map { "<th>\($0)</th>" }.joined()
        let body = rows.map { "<tr>" + $0.map { "<td>\(Self.escape($0))</td>" }.joined() + "</tr>" }.joined()
        return "<h2>\(title)</h2><table><tr>\(head)</tr>\(body)</table>"
    }

    static func escape(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.append(character)
            }
        }
    }

    private static let style = """
        body{font:15px system-ui,sans-serif;max-width:960px;margin:2em auto;padding:0 1em;color:#222}
        h2{font-size:1.1em;margin:1.6em 0 .3em} table{border-collapse:collapse} pre{margin:0;white-space:pre-wrap}
        td,th{padding:.2em .8em .2em 0;text-align:left;border-bottom:1px solid #eee;font-variant-numeric:tabular-nums}
        .good{color:#175} .bad{color:#c33} .tiles{display:flex;flex-wrap:wrap;gap:1.2em} .tiles b{font-size:1.3em}
        svg{width:100%;background:#fafafa} polyline{fill:none;stroke-width:1.6;stroke-linejoin:round}
        polyline.broad{stroke-width:5} .grid{stroke:#ddd} .legend{margin:.2em 0;font-size:13px}
        .axis,.time{font-size:11px;fill:#666;text-anchor:end;dominant-baseline:middle}
        .time{text-anchor:middle;dominant-baseline:auto} .number{font-size:11px;fill:#c33;text-anchor:middle}
        .fault{stroke:#c33;stroke-dasharray:4 3;stroke-width:1.5}
        """
}
