// The text format: numbers, escapes, headers, and the judgement of Prometheus's own tool.

import Foundation
import Telemetry
import Testing

@testable import TelemetryExport

@Suite("Exposition")
struct ExpositionTests {
    let instruments = Instruments()

    @Test(
        "Floats have Go's form, with a point or an exponent",
        arguments: [
            (1.0, "1.0"), (0.005, "0.005"), (0.0001, "0.0001"), (0.00005, "5e-05"), (10_000, "10000.0"),
            (262_144, "262144.0"), (1_048_576, "1.048576e+06"), (1_000_000, "1e+06"), (-2_500_000.5, "-2.5000005e+06"),
            (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"),
        ])
    func floats(value: Double, text: String) {
        #expect(canonicalFloat(value) == text)
    }

    @Test(
        "Label values and help are escaped",
        arguments: [
            ("a\\b", "a\\\\b", "a\\\\b"), ("say \"no\"", "say \\\"no\\\"", "say \"no\""),
            ("1\r\n2", "1\r\\n2", "1\r\\n2"),
        ])
    func escapes(text: String, labelValue: String, help: String) {
        #expect(PrometheusFamilyLayout.escapedLabelValue(text) == labelValue)
        #expect(PrometheusFamilyLayout.escapedHelp(text) == help)
    }

    @Test("Whole integers are written with all their digits", arguments: [0, 7, -1, Int64.max, .min])
    func integers(value: Int64) {
        var text: [UInt8] = []
        value.append(to: &text)
        #expect(String(decoding: text, as: UTF8.self) == String(value))
    }

    @Test("A histogram is written with its bounds, its sum and its count")
    func histogram() {
        instruments.sale.purchaseItemsPerOrder.observe(2)
        instruments.sale.purchaseItemsPerOrder.observe(50)
        #expect(
            text(names: ["purchase_items_per_order"]) == """
                # HELP purchase_items_per_order Items sold in one order.
                # TYPE purchase_items_per_order histogram
                purchase_items_per_order_bucket{le="1.0"} 0
                purchase_items_per_order_bucket{le="2.0"} 1
                purchase_items_per_order_bucket{le="3.0"} 1
                purchase_items_per_order_bucket{le="5.0"} 1
                purchase_items_per_order_bucket{le="8.0"} 1
                purchase_items_per_order_bucket{le="10.0"} 1
                purchase_items_per_order_bucket{le="+Inf"} 2
                purchase_items_per_order_sum 52
                purchase_items_per_order_count 2

                """)
    }

    @Test("A summary is written with NaN until something is observed")
    func summary() {
        let lines = text(names: ["http_request_size_bytes"]).split(separator: "\n")
        #expect(lines.contains("http_request_size_bytes{method=\"POST\",quantile=\"0.99\"} NaN"))
        #expect(lines.contains("http_request_size_bytes_count{method=\"POST\"} 0"))
    }

    @Test("Durations are observed in nanoseconds and written in seconds")
    func durations() {
        instruments.sale.checkoutDurationSeconds.observe(.milliseconds(250), .success)
        #expect(text().contains("\ncheckout_duration_seconds_sum{outcome=\"success\"} 0.25\n"))
        #expect(text().contains("\ncheckout_duration_seconds_bucket{outcome=\"success\",le=\"0.25\"} 1\n"))
    }

    @Test(
        "Names restrict the exposition to their families",
        arguments: [
            (["checkout_attempts_total"], 1), (["purchase_items_per_order_count"], 1),
            (["sale_active", "checkout_in_progress"], 2), (["nothing"], 0),
        ] as [(Set<String>, Int)])
    func filter(names: Set<String>, families: Int) {
        #expect(text(names: names).split(separator: "\n").count { $0.hasPrefix("# TYPE ") } == families)
    }

    @Test(
        "The exposition stays within its budget with any number of event loops, and says how large it is",
        arguments: [1, 2, 3, EventLoopNumber.countMax])
    func budget(eventLoops: Int) {
        // Home and eight more pods.
        let exposition = MetricsExposition(Instruments(eventLoops: eventLoops, pods: Array(PodNumber.all[1...8])))
        let text = String(decoding: exposition.render(), as: UTF8.self)
        let count = text.split(separator: "\n").count { !$0.hasPrefix("#") }
        #expect(count <= Instruments.seriesMax)
        #expect(text.contains("\nmetrics_series \(count)\n"))
    }

    @Test("A pod more is a few series more, and all pods are no trouble for a scraper")
    func pods() {
        func count(_ pods: ArraySlice<PodNumber>) -> Int {
            let text = String(decoding: MetricsExposition(Instruments(pods: Array(pods))).render(), as: UTF8.self)
            return text.split(separator: "\n").count { !$0.hasPrefix("#") }
        }
        let (none, one, all) = (count([]), count(PodNumber.all[1...1]), count(PodNumber.all[1...]))
        #expect(one == none + 4 && all == none + 4 * 127)
        // That of the alert CardinalityHigh; a scraper takes 5,000.
        #expect(all < 4_000)
    }

    @Test("No series is written twice, and the order never changes")
    func determinism() {
        let first = seriesNames(of: text())
        #expect(Set(first).count == first.count)
        #expect(first == seriesNames(of: text()))
    }

    @Test("A hundred scrapes at once, while others write, are each whole")
    func concurrentScrapes() async {
        let exposition = MetricsExposition(instruments)
        let lineCount = exposition.render().count { $0 == 0x0A }
        let instruments = instruments
        await withTaskGroup(of: Int.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    instruments.sale.checkoutAttemptsTotal.increment()
                    return exposition.render().count { $0 == 0x0A }
                }
            }
            for await count in group { #expect(count == lineCount) }
        }
    }

    @Test("Requests counted and durations observed are the same number on the wire")
    func requestConservation() {
        instruments.http.requestDurationSeconds.observe(.milliseconds(1), RequestLabels(.order, .get, .notFound))
        let text = text()
        let labels = "{handler=\"order\",method=\"GET\",status_code=\"404\"} 1\n"
        for name in ["http_requests_total", "http_errors_total", "http_request_duration_seconds_count"] {
            #expect(text.contains("\n\(name)\(labels)"))
        }
    }

    @Test(
        "promtool has one complaint: a gauge has the prescribed name sale_items_total",
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/promtool")))
    func promtool() throws {
        let (_, complaints) = try Self.check(Self.pageOfService())
        #expect(complaints == ["sale_items_total non-counter metrics should not have \"_total\" suffix"])
    }

    @Test(
        "As promtool counts them, no family has more than half of the series that an instance may have",
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/promtool")))
    func cardinality() throws {
        // If promtool has complaints it counts nothing.
        let page = Self.pageOfService().split(separator: "\n").filter { !$0.contains("sale_items_total") }
        let (table, complaints) = try Self.check(page.joined(separator: "\n") + "\n", "--extended")
        #expect(complaints == [])
        var counts: [Substring: Int] = [:]
        for row in table.map({ $0.split(separator: " ") }) where row.count == 3 { counts[row[0]] = Int(row[1]) }
        let total = counts.removeValue(forKey: "Total") ?? 0
        #expect(total == page.count { !$0.hasPrefix("#") })
        #expect(counts.count == instruments.families.count - 1)
        for (family, count) in counts { #expect(count <= Instruments.seriesMax / 2, "\(family)") }
    }

    /// The page of a service with as many event loops as have series of their own.
    private static func pageOfService() -> String {
        let service = TelemetryService(eventLoops: EventLoopNumber.countMax)
        defer { service.shutdown() }
        return String(decoding: MetricsExposition(service.instruments).render(), as: UTF8.self)
    }

    /// The lines that promtool prints about a page: its counts and its complaints.
    private static func check(_ page: String, _ options: String...) throws -> ([Substring], [Substring]) {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).prom")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(page.utf8).write(to: file)
        let tool = Process()
        tool.executableURL = URL(fileURLWithPath: "/usr/bin/promtool")
        tool.arguments = ["check", "metrics"] + options
        tool.standardInput = try FileHandle(forReadingFrom: file)
        let (output, complaints) = (Pipe(), Pipe())
        tool.standardOutput = output
        tool.standardError = complaints
        try tool.run()
        let said = try [output, complaints].map { try $0.fileHandleForReading.readToEnd() ?? Data() }
        tool.waitUntilExit()
        let lines = said.map { String(decoding: $0, as: UTF8.self).split(separator: "\n") }
        return (lines[0], lines[1])
    }

    private func text(names: Set<String> = []) -> String {
        String(decoding: MetricsExposition(instruments).render(names: names), as: UTF8.self)
    }

    private func seriesNames(of text: String) -> [Substring] {
        text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { $0[..<$0.lastIndex(of: " ")!] }
    }
}
