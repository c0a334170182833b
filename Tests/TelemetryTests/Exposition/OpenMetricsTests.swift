// OpenMetrics: its differences from the text format, and the judgement of its strict parser.

import CoreMetrics
import Foundation
import Telemetry
import Testing

@testable import TelemetryExport

@Suite("OpenMetrics")
struct OpenMetricsTests {
    let instruments = Instruments()
    let exemplar = Exemplar(
        traceIDHigh: 0x0AF7_6519_16CD_43DD, traceIDLow: 0x8448_EB21_1C80_319C, spanID: 0xB7AD_6B71_6920_3331)
    static let shownExemplar =
        #"# {trace_id="0af7651916cd43dd8448eb211c80319c",span_id="b7ad6b7169203331"} "#

    @Test("A family says its type, its unit and its help in that order, and the last line is the end")
    func headers() {
        #expect(
            text(names: ["process_cpu_seconds_total"]).hasPrefix(
                """
                # TYPE process_cpu_seconds counter
                # UNIT process_cpu_seconds seconds
                # HELP process_cpu_seconds User and system CPU time in seconds.
                process_cpu_seconds_total 0
                # EOF

                """))
        #expect(text().hasSuffix("\n# EOF\n"))
        #expect(text(names: ["nothing"]) == "# EOF\n")
        #expect(text().matches(of: /\n# EOF/).count == 1)
    }

    @Test("A counter has unknown type if a gauge has its name")
    func clash() {
        instruments.sale.saleItemsSoldTotal.increment(by: 3)
        #expect(
            text(names: ["sale_items_sold", "sale_items_sold_total"]) == """
                # TYPE sale_items_sold gauge
                # HELP sale_items_sold Units of these sales that are sold.
                sale_items_sold 0
                # TYPE sale_items_sold_total unknown
                # HELP sale_items_sold_total Units sold, counted after COMMIT.
                sale_items_sold_total 3
                # EOF

                """)
        #expect(text(.text, names: ["sale_items_sold_total"]).contains("# TYPE sale_items_sold_total counter\n"))
    }

    @Test("Both formats have the same samples")
    func samples() {
        func samples(_ text: String) -> [Substring] { text.split(separator: "\n").filter { !$0.hasPrefix("#") } }
        let names = instruments.families.map(\.definition.name).filter { !$0.hasPrefix("metrics_") }
        #expect(samples(text(.text, names: Set(names))) == samples(text(.openMetrics, names: Set(names))))
    }

    @Test("An exemplar stands on its bucket and on the counter of the same events, in OpenMetrics only")
    func exemplars() throws {
        let labels = RequestLabels(.checkout, .post, .conflict)
        instruments.http.requestDurationSeconds.observe(4_000_000, labels, exemplar: exemplar)
        instruments.http.requestDurationSeconds.observe(4_000_000, labels, exemplar: nil)
        let lines = text(names: ["http_request_duration_seconds", "http_errors_total"]).split(separator: "\n")
            .filter { $0.contains(" # ") }
        #expect(lines.count == 2)
        let bucket = try #require(lines.first)
        #expect(bucket.contains(#"le="0.005"} 2 "# + Self.shownExemplar + "0.004 "))
        #expect(lines[1].hasPrefix("http_errors_total{"))
        #expect(lines[1].contains(" 2 " + Self.shownExemplar + "1 "))
        #expect(try #require(bucket.split(separator: " ").last.flatMap { Double($0) }) > 1_700_000_000)
        #expect(!text(.text).contains(" # "))
    }

    @Test("A counter that keeps exemplars shows its own; a family that keeps none ignores them")
    func exemplarsOfCounters() {
        instruments.sale.checkoutFailureTotal.increment(.itemSold, exemplar: exemplar)
        instruments.sale.checkoutFailureTotal.increment(.itemHeld, exemplar: nil)
        instruments.sale.purchaseItemsFailedTotal.increment(.itemSold, exemplar: exemplar)
        instruments.redis.queueWaitDurationSeconds.observe(1, NoLabels(), exemplar: exemplar)
        #expect(instruments.sale.purchaseItemsFailedTotal.value(.itemSold) == 1)
        #expect(instruments.redis.queueWaitDurationSeconds.count == 1)
        let lines = text().split(separator: "\n").filter { $0.contains(" # ") }
        #expect(lines.count == 1)
        #expect(lines.first?.hasPrefix(#"checkout_failure_total{reason="item_sold"} 1 "# + Self.shownExemplar) == true)
    }

    @Test(
        "The strict parser of prometheus-client accepts the page, with exemplars and libraries' series",
        .enabled(if: StrictParser.isInstalled))
    func strictParser() throws {
        let service = TelemetryService()
        defer { service.shutdown() }
        service.instruments.http.requestDurationSeconds.observe(
            4_000_000, RequestLabels(.checkout, .post, .ok), exemplar: exemplar)
        service.foreignMetrics.makeTimer(label: "library.wait", dimensions: [("kind", "a\"b\\\n")])
            .recordNanoseconds(5)
        service.foreignMetrics.makeCounter(label: "library.calls", dimensions: []).increment(by: 2)
        let said = try StrictParser.families(
            in: MetricsExposition(service.instruments, foreign: service.foreignMetrics).render(.openMetrics))
        #expect(said == "\(service.instruments.families.count + 2) families, 2 exemplars\n")
    }

    private func text(_ format: ExpositionFormat = .openMetrics, names: Set<String> = []) -> String {
        String(decoding: MetricsExposition(instruments).render(format, names: names), as: UTF8.self)
    }
}

/// The strict parser of PyPI's prometheus-client, if it is installed.
private enum StrictParser {
    private static let program = """
        import sys
        from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
        families = list(parse(sys.stdin.read()))
        print(len(families), "families,", sum(1 for f in families for s in f.samples if s.exemplar), "exemplars")
        """

    static let isInstalled = (try? run("import prometheus_client.openmetrics.parser", []).status) == 0

    static func families(in exposition: [UInt8]) throws -> String {
        try run(program, exposition).said
    }

    private static func run(_ program: String, _ input: [UInt8]) throws -> (said: String, status: Int32) {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).om")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(input).write(to: file)
        let tool = Process()
        tool.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        tool.arguments = ["python3", "-c", program]
        tool.standardInput = try FileHandle(forReadingFrom: file)
        let output = Pipe()
        tool.standardOutput = output
        tool.standardError = output
        try tool.run()
        let said = try output.fileHandleForReading.readToEnd() ?? Data()
        tool.waitUntilExit()
        return (String(decoding: said, as: UTF8.self), tool.terminationStatus)
    }
}
