// The report as one HTML file that needs nothing else: the figures, the audit, and three charts on one time axis with
// the faults drawn in.

import Audit

/// Writes a report as HTML.
struct HTMLReport {
    let report: RunReport

    var text: String {
        let settings = report.settings
        let rate = chart(
            "Requests a second",
            [("goodput", "#2a7", report.seconds.map(\.goodput)), ("all requests", "#57c", report.seconds.map(\.rate))],
            format: { Words.count(Int($0.rounded())) })
        let latency = chart(
            "Response time, from the intended start",
            [
                ("p50", "#2a7", report.seconds.map(\.p50)), ("p99", "#d80", report.seconds.map(\.p99)),
                ("p99.9", "#c33", report.seconds.map(\.p999)),
            ], format: Words.duration)
        let colors: [Outcome: String] = [
            .won: "#2a7", .soldOut: "#999", .limit: "#57c", .refused: "#95b", .shed: "#d80", .error: "#c33",
            .unknown: "#000",
        ]
        let outcomes = chart(
            "Answers a second, by outcome",
            Outcome.allCases.filter { outcome in report.seconds.contains { $0[outcome] > 0 } }.map { outcome in
                (
                    outcome.name, colors[outcome] ?? "#000",
                    report.seconds.map { Double($0[outcome]) / max($0.length, 0.001) }
                )
            }, format: { Words.count(Int($0.rounded())) })
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(Self.escape(settings.scenario)) \(report.startedAt)</title>
            <style>\(Self.style)</style></head><body>
            <h1>\(Self.escape(settings.scenario)) \(ending)</h1>
            <p>\(report.startedAt), \(Self.escape(settings.target)), \(Words.fixed(report.duration, 1)) s\
            \(report.wasStopped ? ", stopped early" : ""), seed \(settings.seed), \(settings.connections) connections,
            \(settings.threads) threads\(sale).</p>
            \(invalid)\(tiles)\(rate)\(latency)\(outcomes)\(stock)\(faults)\(rows)\(audit)\(thresholds)
            </body></html>

            """
    }

    private var ending: String {
        let words =
            switch report.exitCode {
            case 0: "passed"
            case 1: "threshold missed"
            case 2: "audit failed"
            default: "invalid"
            }
        return "<span class=\"\(report.exitCode == 0 ? "good" : "bad")\">\(words)</span>"
    }

    private var sale: String {
        report.settings.sale.map { ", sale \($0) of \(Words.count(report.settings.units ?? 0)) units" } ?? ""
    }

    private var invalid: String {
        report.invalid.map { "<p class=\"bad\">INVALID: \(Self.escape($0))</p>" }.joined()
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

    /// What is left, where the service said so in any second.
    private var stock: String {
        guard let units = report.settings.units, report.seconds.contains(where: { $0.itemsSold != nil }) else {
            return ""
        }
        // A second without an answer repeats the last.
        var sold = 0
        let left = report.seconds.map { second in
            sold = second.itemsSold ?? sold
            return Double(max(0, units - sold))
        }
        return chart("Units left, as the service lists them", [("units", "#57c", left)]) {
            Words.count(Int($0.rounded()))
        }
    }

    // MARK: Charts

    private static let width = 900.0
    private static let height = 180.0
    private static let left = 70.0

    /// Lines over the seconds of the run; each series has a value for each second.
    private func chart(
        _ title: String, _ series: [(name: String, color: String, values: [Double])], format: (Double) -> String
    ) -> String {
        let end = max(report.seconds.last?.at ?? 1, report.settings.seconds, 0.001)
        let top = max(series.flatMap(\.values).max() ?? 0, 1e-9)
        func x(_ second: Double) -> String { Words.fixed(Self.left + second / end * (Self.width - Self.left - 10), 1) }
        func y(_ value: Double) -> String { Words.fixed(10 + (1 - value / top) * (Self.height - 35), 1) }
        var svg = "<h2>\(title)</h2><svg viewBox=\"0 0 \(Int(Self.width)) \(Int(Self.height))\" role=\"img\">"
        for part in [0.0, 0.5, 1.0] {
            let (height, right) = (y(top * part), x(end))
            svg += "<line x1=\"\(x(0))\" y1=\"\(height)\" x2=\"\(right)\" y2=\"\(height)\" class=\"grid\"/>"
            svg += "<text x=\"\(Int(Self.left) - 6)\" y=\"\(height)\" class=\"axis\">\(format(top * part))</text>"
            let anchor = part == 1 ? "end" : "middle"
            svg += "<text x=\"\(x(end * part))\" y=\"\(Int(Self.height) - 6)\" class=\"time\" "
            svg += "text-anchor=\"\(anchor)\">"
            svg += "\(Words.fixed(end * part, 0)) s</text>"
        }
        for fault in report.faults {
            svg += "<line x1=\"\(x(fault.at))\" y1=\"10\" x2=\"\(x(fault.at))\" y2=\"\(Int(Self.height) - 25)\" "
            svg += "class=\"fault\"><title>\(Self.escape(fault.command))</title></line>"
        }
        for line in series {
            let points = zip(report.seconds, line.values).map { "\(x($0.at)),\(y($1))" }.joined(separator: " ")
            svg += "<polyline points=\"\(points)\" stroke=\"\(line.color)\"><title>\(line.name)</title></polyline>"
        }
        let legend = series.map { "<span style=\"color:\($0.color)\">■</span> \($0.name)" }.joined(
            separator: " &nbsp; ")
        return svg + "</svg><p class=\"legend\">\(legend)</p>"
    }

    // MARK: Tables

    private var faults: String {
        guard !report.faults.isEmpty else { return "" }
        let rows = report.faults.map { fault in
            [
                "\(Words.fixed(fault.at, 1)) s", fault.command,
                fault.exitCode.map { "ended with \($0)" } ?? "still running at the end",
            ]
        }
        return table("Faults", ["at", "command", ""], rows)
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
            "Thresholds", ["threshold", ""], report.thresholds.map { [$0.threshold, $0.isMet ? "met" : "MISSED"] })
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
        svg{width:100%;background:#fafafa} polyline{fill:none;stroke-width:1.6} .grid{stroke:#ddd}
        .axis{font-size:11px;text-anchor:end;dominant-baseline:middle;fill:#666}
        .time{font-size:11px;fill:#666} .legend{margin:.2em 0;font-size:13px}
        .fault{stroke:#c33;stroke-dasharray:4 3;stroke-width:1.5}
        """
}
