// Measures the cost of a scrape: the whole page of the metrics in each of its forms, with the values of a busy service.
// `make bench-instruments` prints the table and fails if a form takes too long. It is apart from the other bench,
// because that one's count of allocations and the exposition's sampled heap both replace malloc.

import Glibc
import Telemetry
import TelemetryExport

@main
enum ExpositionBench {
    private static let millisecondsMax = 5.0
    private static let runs = 51

    static func main() {
        let instruments = busyInstruments()
        let endpoint = MetricsEndpoint(MetricsExposition(instruments))
        print("| page of \(instruments.scrape.series.value) series | ms, median | at most | bytes |")
        print("|---|---|---|---|")
        var isTooMuch = false
        for (name, accept) in [("text", nil), ("OpenMetrics", "application/openmetrics-text; version=1.0.0")] {
            for coding in [nil, "gzip"] {
                let (milliseconds, bytes) = measure {
                    endpoint.answer(accept: accept, acceptEncoding: coding)?.body.count ?? 0
                }
                let form = coding.map { "\(name), \($0)" } ?? name
                print("| \(form) | \(milliseconds) | \(millisecondsMax) | \(bytes) |")
                if milliseconds > millisecondsMax { isTooMuch = true }
            }
        }
        if isTooMuch { exit(1) }
    }

    /// The median of some runs, in milliseconds of the processor's time to the hundredth, and the size of the page.
    private static func measure(_ render: () -> Int) -> (milliseconds: Double, bytes: Int) {
        var nanoseconds: [UInt64] = []
        var bytes = 0
        for _ in 0..<runs {
            let start = ProcessorTime.ofThread
            bytes = render()
            nanoseconds.append(ProcessorTime.ofThread - start)
        }
        return (Double(nanoseconds.sorted()[runs / 2] / 10_000) / 100, bytes)
    }

    /// Instruments of many event loops, as many series as there can be, with numbers of many digits.
    private static func busyInstruments() -> Instruments {
        let instruments = Instruments(eventLoops: EventLoopNumber.countMax)
        let exemplar = Exemplar(traceIDHigh: 1, traceIDLow: 2, spanID: 3)
        var generator = SystemRandomNumberGenerator()
        for labels in RequestLabels.legal {
            for _ in 0..<1_000 {
                let duration = UInt64.random(in: 0..<4_000_000_000, using: &generator)
                instruments.http.requestDurationSeconds.observe(duration, labels, exemplar: exemplar)
            }
        }
        for labels in QueryLabels.legal {
            instruments.database.queryDurationSeconds.observe(.random(in: 0..<100_000_000), labels)
        }
        return instruments
    }
}
