// The reports at the end of a run, for people and programs.

import Audit
import Foundation
import NIOCore
import Reports
import Testing

@testable import FlashSaleLoad

@Suite("Reports")
struct ReportTests {
    private static func tally() -> Tally {
        var tally = Tally()
        for index in 1...100 { tally.record(index <= 90 ? .won : .shed, response: Int64(index) * 1_000_000) }
        tally.started = 100
        return tally
    }

    @Test("A second tells requests from decisions")
    func second() {
        let second = Second(Self.tally(), at: 2, length: 0.5, itemsSold: 7)
        #expect(second.rate == 200)
        #expect(second.goodput == 180)
        #expect(abs(second.p50 - 0.05) < 0.001)
        let lines = SecondsCSV.text([second]).split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines[0].split(separator: ",").count == lines[1].split(separator: ",").count)
        #expect(lines[1].hasPrefix("2.000,100,0,0,200.0,180.0,"))
        #expect(LiveView.line(LaneReading(), second).contains("won 90, shed 10"))
    }

    @Test("The live picture has a bar of time and one of stock")
    func picture() {
        let second = Second(Self.tally(), at: 5, length: 1, itemsSold: 75)
        let lines = LiveView.drawing(LaneReading(), second, length: 10, units: 100).split(separator: "\n")
        #expect(lines[0].count { $0 == "#" } == 20)
        #expect(lines[1].count { $0 == "#" } == 10)
        #expect(lines[1].hasSuffix("25 left"))
    }

    @Test("On a terminal of any size, what was drawn can be erased")
    func terminal() {
        let drawing = LiveView.drawing(
            LaneReading(), Second(Self.tally(), at: 5, length: 1, itemsSold: 75), length: 10, units: 100)
        let whole = LiveView.fitted(drawing, columns: 200, rows: 50)
        #expect(whole.count == 6 && whole.allSatisfy { $0.count <= 200 })
        let narrow = LiveView.fitted(drawing, columns: 20, rows: 4)
        #expect(narrow.map(\.count) == [20, 20, 20])
        #expect(LiveView.fitted(drawing, columns: 1, rows: 1).map(\.count) == [1])
        #expect(LiveView.erasing([], columns: 80) == "")
        #expect(LiveView.erasing([80, 79, 0], columns: 80) == "\u{1B}[3A\u{1B}[J")
        // The terminal has become narrower, and has broken the first line into three.
        #expect(LiveView.erasing([80, 20], columns: 30) == "\u{1B}[4A\u{1B}[J")
    }

    @Test("Metrics are one sample a line, buckets cumulative")
    func metrics() {
        var reading = LaneReading()
        for index in 1...100 {
            reading.facts.record(.purchase, .won, response: Int64(index) * 1_000_000, service: 1_000)
        }
        let lines = MetricsText.text(reading, itemsSold: 3).split(separator: "\n")
        #expect(lines.contains("flashsale_load_requests_total{endpoint=\"purchase\",outcome=\"won\"} 100"))
        #expect(lines.contains("flashsale_load_response_seconds_bucket{endpoint=\"purchase\",le=\"0.05\"} 50"))
        #expect(lines.contains("flashsale_load_response_seconds_bucket{endpoint=\"purchase\",le=\"+Inf\"} 100"))
        #expect(lines.contains("flashsale_load_items_sold 3"))
        #expect(lines.allSatisfy { $0.hasPrefix("# ") || $0.split(separator: " ").count == 2 })
    }

    private static func report(
        lag: Int64 = 100_000, cpuSeconds: Double = 1, isRealTime: Bool = true, problems: [String: Int] = [:],
        faults: [RunRecord.Fault] = [], dropped: Int = 0, requests: [(RequestTraits, Int)] = [],
        checkouts: Int = 200, thresholds: [String] = ["p99<50ms", "won>=100"], verdict: AuditReport? = nil,
        load: Scenario.Load = .open(Stage.constant(100, seconds: 10), .poisson)
    ) throws -> RunReport {
        var scenario = Scenario()
        scenario.load = load
        scenario.thresholds = try thresholds.map { try Threshold(parsing: $0) }
        var reading = LaneReading()
        reading.isRealTime = isRealTime
        reading.problems = problems
        for (traits, count) in requests { for _ in 0..<count { reading.facts.record(traits) } }
        reading.facts.dropped = dropped
        for index in 0..<checkouts {
            reading.facts.record(lag: index % 50 == 0 ? lag : 10_000)
            reading.facts.record(.checkout, .won, response: 60_000_000, service: 1_000_000)
        }
        let plan = RunPlan(
            scenario: scenario,
            dialer: Dialer(
                target: try Target(parsing: "http://shop:81"),
                address: try SocketAddress(ipAddress: "127.0.0.1", port: 81)), mode: .raw(path: "/"), run: "r")
        var late = Tally()
        late.dropped = dropped
        let seconds = [
            Second(tally(), at: 1, length: 1, itemsSold: nil), Second(late, at: 2, length: 1, itemsSold: nil),
        ]
        let record = RunRecord(
            reading: reading, seconds: seconds, faults: faults, duration: 2, cpuSeconds: cpuSeconds, threads: 1,
            startedAt: 0, wasStopped: false)
        return RunReport(plan, record, verdict: verdict)
    }

    @Test("A generator that lagged or was fully used makes its run invalid, and says what would help")
    func invalid() throws {
        #expect(try Self.report().invalid.isEmpty)
        let lagged = try Self.report(lag: 1_100_000)
        #expect(lagged.ending == .invalid)
        #expect(lagged.invalid.map { $0.contains("1.10 ms late or more; 1 ms is allowed") } == [true])
        #expect(lagged.invalid.first?.contains("ulimit -r 1") == false)
        #expect(try Self.report(lag: 1_100_000, isRealTime: false).invalid.first?.contains("ulimit -r 1") == true)
        let busy = try Self.report(cpuSeconds: 1.5)
        #expect(busy.invalid == ["The generator used 75.0 % of its threads, 70 % is allowed."])
        let closed = try Self.report(lag: 9_000_000, cpuSeconds: 2, load: .closed(buyers: 1, seconds: 10))
        #expect(closed.invalid.isEmpty)
    }

    @Test("A run that dropped more than one start in a hundred has not passed, and says so in every report")
    func incomplete() throws {
        // Of 200 requests that were sent, and those that were not.
        #expect(try Self.report(dropped: 2).ending == .thresholdMissed)
        let report = try Self.report(dropped: 50)
        #expect(report.ending == .incomplete && report.ending.rawValue == 4)
        #expect(report.incomplete?.hasPrefix("20.0 % of the starts were dropped, 1 % is allowed") == true)
        #expect(SummaryTable(report: report).text.contains("INCOMPLETE: 20.0 %"))
        let page = HTMLReport(report: report).text
        #expect(page.contains("<h1>custom <span class=\"bad\">incomplete</span></h1>"))
        #expect(page.contains("<p class=\"bad\">INCOMPLETE: 20.0 %"))
        #expect(try Self.report(lag: 1_100_000, dropped: 50).ending == .invalid)
    }

    @Test("A run whose audit has not seen a store has not passed, and says so in every report")
    func unaudited() throws {
        let problem = "the gate was not checked: no reply"
        let verdict = AuditReport(findings: [], notes: [], problem: problem, duration: .zero)
        let report = try Self.report(thresholds: ["audit==pass"], verdict: verdict)
        #expect(report.ending == .incomplete && RunEnding(verdict) == .incomplete)
        #expect(report.thresholds.map(\.measured) == ["incomplete"] && !report.thresholds[0].isMet)
        let warning = "INCOMPLETE: The audit has not seen all stores: \(problem)."
        #expect(SummaryTable(report: report).text.contains(warning))
        #expect(HTMLReport(report: report).text.contains("<h2>Audit: <span class=\"bad\">incomplete</span></h2>"))
    }

    @Test("Each chart marks when starts were dropped and requests were shed")
    func stretches() throws {
        let page = HTMLReport(report: try Self.report(dropped: 50)).text
        let charts = page.components(separatedBy: "<svg").dropFirst()
        #expect(charts.count == 3)
        // The run's first second sheds, and its second one drops. The axis has 638 pixels for two seconds.
        for chart in charts {
            #expect(
                chart.contains("<rect x=\"385.0\" y=\"180.0\" width=\"319.0\" height=\"4.0\" style=\"--c:var(--red)\">")
            )
            #expect(
                chart.contains(
                    "<rect x=\"66.0\" y=\"185.0\" width=\"319.0\" height=\"4.0\" style=\"--c:var(--orange)\">"))
            #expect(chart.contains("</span>starts dropped") && chart.contains("</span>requests shed"))
        }
        #expect(page.contains("<title>dropped, not sent</title>"))
        let quiet = HTMLReport(report: try Self.report()).text
        #expect(!quiet.contains("starts dropped") && !quiet.contains("dropped, not sent"))
    }

    @Test("A threshold has its measured value in every kind of report")
    func measured() throws {
        let report = try Self.report()
        #expect(report.ending == .thresholdMissed)
        #expect(report.thresholds.map(\.measured) == ["60.00 ms", "200"])
        #expect(SummaryTable(report: report).text.contains("MISSED p99<50ms, measured 60.00 ms"))
        #expect(HTMLReport(report: report).text.contains("<td>p99&lt;50ms</td><td>60.00 ms</td><td>MISSED</td>"))
    }

    @Test("A latency or a share of no requests meets no bound, and a count of none may")
    func nothingMeasured() throws {
        let thresholds = ["p99(purchase)<50ms", "p99(purchase)>=0s", "p99(checkout)<1s", "error==0", "shed<=1%"]
        let report = try Self.report(thresholds: thresholds)
        #expect(report.ending == .thresholdMissed)
        #expect(report.thresholds.map(\.isMet) == [false, false, true, true, true])
        #expect(SummaryTable(report: report).text.contains("MISSED p99(purchase)<50ms, measured nothing"))
        let idle = try Self.report(checkouts: 0, thresholds: thresholds)
        #expect(idle.thresholds.map(\.isMet) == [false, false, false, true, false])
    }

    @Test("The report says what slow and failed requests have in common")
    func commonalities() throws {
        let bots = RequestTraits(
            endpoint: .checkout, outcome: .shed, buyer: .bot, isHot: true, moment: 0.05, response: 0.002)
        let others = RequestTraits(
            endpoint: .purchase, outcome: .won, buyer: .normal, isHot: nil, moment: 0.5, response: 0.02)
        var late = others
        late.response = 3
        let report = try Self.report(requests: [(bots, 100), (others, 870), (late, 30)])
        #expect(report.failed.count == 100)
        let failed = "endpoint checkout, outcome shed, buyer bot, item hot, of the run 0–10 %, took 2 ms to 4 ms"
        #expect(report.failed.words(of: report.failed.everywhere) == failed && report.failed.patterns.isEmpty)
        let slow = try #require(report.slow)
        #expect(slow.from == 2.048 && slow.summary.count == 30)
        #expect(slow.summary.everywhere.prefix(2) == ["purchase", "won"])
        let page = HTMLReport(report: report).text
        #expect(page.contains("What slow requests have in common (2.05 s or more)") && page.contains(failed))
        #expect(try Self.report().slow == nil, "nothing was timed")
    }

    @Test("The page needs no network, and has the faults by number and the errors")
    func page() throws {
        let faults = [0.5, 0.51, 1.5].map { RunRecord.Fault(at: $0, command: "kill <it>", exitCode: 0) }
        let page = HTMLReport(report: try Self.report(problems: ["no & connection": 3], faults: faults)).text
        #expect(page.contains("<td>no &amp; connection</td><td>3</td>"))
        #expect(page.contains("<td>2</td><td>0.5 s</td><td>kill &lt;it&gt;</td><td>ended with 0</td>"))
        // Two faults at nearly the same moment share a text.
        #expect(page.contains(">1,2</text>") && page.contains(">3</text>"))
        for word in ["<script", "src=", "href=", "url(", "@import"] { #expect(!page.contains(word), "\(word)") }
    }

    @Test(
        "A target is an HTTP origin",
        arguments: [
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"), ("http://shop/", "http://shop:80"),
            ("http://[::1]:81", "http://[::1]:81"), ("https://x", "https://x:443"),
            ("https://[::1]:8443/", "https://[::1]:8443"), ("ftp://x", nil), ("x:80", nil), ("http://x:99999", nil),
            ("http://x/y", nil),
        ] as [(String, String?)])
    func targets(text: String, expected: String?) {
        #expect((try? Target(parsing: text))?.description == expected)
    }
}
