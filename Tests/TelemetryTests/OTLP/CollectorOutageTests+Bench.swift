// What the tests of outages look at: an exporter, and what it counts and complains of.

import Logging
import Synchronization
import Testing

@testable import Telemetry
@testable import TelemetryExport

extension CollectorOutageTests {
    /// An exporter, a tracer in front of it, and their instruments.
    struct Bench: Sendable {
        let instruments = Instruments()
        let export: CollectorExport
        let exporter: BatchExporter<SpanSignal>
        let tracer: Tracer
        let complaints = Complaints()
        let pace: ManualPace

        init(port: Int, timeout: Duration = .seconds(10), compresses: Bool = false, pace: ManualPace = ManualPace())
            throws
        {
            let endpoint = try #require(CollectorEndpoint(url: "http://127.0.0.1:\(port)", signal: .traces))
            var destination = CollectorDestination(endpoint: endpoint)
            destination.timeout = timeout
            destination.compresses = compresses
            destination.headers = [
                LabelPair(name: "x-token", value: "t"), LabelPair(name: "host", value: "other.example"),
                LabelPair(name: "content-type", value: "text/plain"), LabelPair(name: "content-length", value: "7"),
            ]
            var settings = ExportSettings(resource: TelemetryResource(serviceName: nil, build: BuildInfo()))
            settings.traces = destination
            let complaints = complaints
            let export = CollectorExport(
                settings, instruments: instruments, logger: Logger(label: "test") { _ in complaints.handler },
                pace: pace.pace)
            self.export = export
            exporter = try #require(export.spans)
            self.pace = pace
            tracer = Tracer(
                sampler: Sampler(root: .always, followsParent: false), slow: .seconds(1),
                instruments: instruments.tracing
            ) { export.export($0) }
        }

        var tracing: TracingInstruments { instruments.tracing }
        func requests(_ result: ExportResult) -> UInt64 {
            instruments.export.requestsTotal.value(ExportLabels(.traces, result))
        }
        func dropped(_ reason: SpanDropReason) -> UInt64 { tracing.spansDroppedTotal.value(reason) }

        /// Ends traces with a total number of spans.
        func trace(_ spans: Int, perTrace: Int = 1) {
            for _ in 0..<(spans / perTrace) {
                let trace = tracer.begin(.request)
                for _ in 1..<perTrace { trace.record(.statement, from: .now, to: .now) }
                trace.finish()
            }
        }

        /// Every span that was started is exported, dropped, or waits.
        var isConserved: Bool {
            let dropped = SpanDropReason.all.reduce(0) { $0 + tracing.spansDroppedTotal.value($1) }
            return tracing.spansStartedTotal.value(.sampled)
                == tracing.spansExportedTotal.value + dropped + UInt64(tracing.spanQueueSize.value)
        }
    }

    final class Complaints: Sendable {
        private let state = Mutex([String]())
        /// Why each was made.
        var words: [String] { state.withLock { $0 } }
        var count: Int { words.count }
        var handler: any LogHandler { Handler(complaints: self) }

        private struct Handler: LogHandler {
            let complaints: Complaints
            var metadata: Logger.Metadata = [:]
            var logLevel = Logger.Level.warning

            subscript(metadataKey key: String) -> Logger.Metadata.Value? {
                get { metadata[key] }
                set { metadata[key] = newValue }
            }

            func log(event: LogEvent) {
                let why = event.metadata?["why"].map { "\($0)" } ?? ""
                complaints.state.withLock { $0.append(why) }
            }
        }
    }
}
