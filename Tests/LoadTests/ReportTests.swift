// What people and programs read at the end.

import Audit
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

    @Test("Text that came from outside cannot become markup")
    func escaping() {
        #expect(HTMLReport.escape("<b a=\"1\">&") == "&lt;b a=&quot;1&quot;&gt;&amp;")
    }

    @Test(
        "Durations have the unit that suits them",
        arguments: [(0.0000005, "1 µs"), (0.00025, "250 µs"), (0.0123, "12.30 ms"), (2.5, "2.50 s"), (0, "0 µs")])
    func durations(seconds: Double, text: String) {
        #expect(Words.duration(seconds) == text)
    }

    @Test(
        "Thousands are kept apart", arguments: [(0, "0"), (999, "999"), (1_000, "1,000"), (-1_234_567, "-1,234,567")])
    func counts(number: Int, text: String) {
        #expect(Words.count(number) == text)
    }

    @Test(
        "A target is an HTTP origin",
        arguments: [
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"), ("http://shop/", "http://shop:80"),
            ("http://[::1]:81", "http://[::1]:81"), ("https://x", nil), ("x:80", nil), ("http://x:99999", nil),
            ("http://x/y", nil),
        ] as [(String, String?)])
    func targets(text: String, expected: String?) {
        #expect((try? Target(parsing: text))?.description == expected)
    }
}
