// Metrics of libraries: their place in the exposition, and their limits.

import CoreMetrics
import Telemetry
import Testing

@testable import TelemetryExport

@Suite("Libraries' metrics")
struct ForeignMetricsTests {
    let instruments = Instruments()
    let foreign: ForeignMetrics
    let exposition: MetricsExposition

    init() {
        foreign = ForeignMetrics(instruments: instruments.scrape)
        exposition = MetricsExposition(instruments, foreign: foreign)
    }

    @Test("Each kind is in the exposition under a name that the formats allow")
    func kinds() {
        let counter = foreign.makeCounter(label: "http.server-calls", dimensions: [("route", "/a\"b"), ("1st", "x")])
        counter.increment(by: 2)
        counter.increment(by: -5)
        foreign.makeFloatingPointCounter(label: "work_total", dimensions: []).increment(by: 1.5)
        foreign.makeFloatingPointCounter(label: "work_total", dimensions: []).increment(by: .nan)
        let meter = foreign.makeMeter(label: "9lives", dimensions: [("le", "a")])
        meter.set(Int64(9))
        meter.decrement(by: 2.5)
        foreign.makeRecorder(label: "depth", dimensions: [], aggregate: false).record(Int64(4))
        let sizes = foreign.makeRecorder(label: "size", dimensions: [], aggregate: true)
        sizes.record(Int64(3))
        sizes.record(Double(4.5))
        foreign.makeTimer(label: "wait", dimensions: []).recordNanoseconds(250_000_000)
        let names: Set = [
            "http_server_calls_total", "work_total", "_9lives", "depth", "size", "wait_seconds",
        ]
        #expect(
            lines(names) == [
                #"http_server_calls_total{_1st="x",route="/a\"b"} 2"#, "work_total 1.5",
                #"_9lives{library_le="a"} 6.5"#, "depth 4", "size_sum 7.5", "size_count 2", "wait_seconds_sum 0.25",
                "wait_seconds_count 1",
            ])
    }

    @Test("Two handlers of one name and labels, in any order, are one series")
    func identity() {
        foreign.makeCounter(label: "calls", dimensions: [("a", "1"), ("b", "2")]).increment(by: 1)
        let second = foreign.makeCounter(label: "calls", dimensions: [("b", "2"), ("a", "1"), ("a", "3")])
        second.increment(by: 1)
        #expect(lines(["calls_total"]) == [#"calls_total{a="1",b="2"} 2"#])
        foreign.destroyCounter(second)
        #expect(lines(["calls_total"]).count == 1)
        second.reset()
        #expect(lines(["calls_total"]) == [#"calls_total{a="1",b="2"} 0"#])
    }

    @Test("A name of the catalogue, and a name that another kind has, is refused and counted")
    func clashes() {
        foreign.makeMeter(label: "sale_active", dimensions: []).set(Int64(1))
        foreign.makeCounter(label: "sale_items_sold", dimensions: []).increment(by: 1)
        foreign.makeMeter(label: "checkout_duration_seconds_count", dimensions: []).set(Int64(1))
        foreign.makeRecorder(label: "process_open_fds", dimensions: [], aggregate: true).record(Int64(1))
        foreign.makeCounter(label: "calls", dimensions: []).increment(by: 1)
        foreign.makeMeter(label: "calls_total", dimensions: []).set(Int64(5))
        foreign.makeMeter(label: "calls", dimensions: []).set(Int64(5))
        #expect(instruments.scrape.foreignSeriesRefusedTotal.value == 6)
        #expect(lines(["sale_active", "calls_total"]) == ["sale_active 0", "calls_total 1"])
    }

    @Test("Libraries get no more series than the limit, whatever labels they use")
    func limit() {
        for number in 0..<1_000 {
            foreign.makeCounter(label: "calls", dimensions: [("user", "\(number)")]).increment(by: 1)
        }
        #expect(lines(["calls_total"]).count == ForeignMetrics.seriesMax)
        #expect(instruments.scrape.foreignSeries.value == ForeignMetrics.seriesMax)
        #expect(instruments.scrape.foreignSeriesRefusedTotal.value == 1_000 - UInt64(ForeignMetrics.seriesMax))
        // A known series still counts.
        foreign.makeCounter(label: "calls", dimensions: [("user", "0")]).increment(by: 1)
        #expect(lines(["calls_total"]).first == #"calls_total{user="0"} 2"#)
    }

    @Test("Scrapes go on while libraries register")
    func concurrency() async {
        await withTaskGroup { group in
            for task in 0..<4 {
                group.addTask {
                    for number in 0..<50 {
                        foreign.makeTimer(label: "wait_\(task)", dimensions: [("n", "\(number)")])
                            .recordNanoseconds(1)
                    }
                }
                group.addTask { for _ in 0..<5 { _ = exposition.render(.openMetrics) } }
            }
        }
        #expect(instruments.scrape.foreignSeries.value == ForeignMetrics.seriesMax)
    }

    private func lines(_ names: Set<String>) -> [String] {
        String(decoding: exposition.render(names: names), as: UTF8.self).split(separator: "\n")
            .filter { !$0.hasPrefix("#") }.map(String.init)
    }
}
