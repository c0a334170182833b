// The instruments' values at a collector.

import CoreMetrics
import Foundation
import Logging
import NIOHTTP1
import Testing

@testable import Telemetry
@testable import TelemetryExport

@Suite("Metrics by OTLP")
struct MetricsExportTests {
    private static let resource = TelemetryResource(serviceName: "shop", build: BuildInfo())
    private static let start: UInt64 = 5_000_000_000
    private static let now: (real: UInt64, monotonic: MonotonicTime) = (9_000_000_000, .now)

    /// The metrics of a request by name; checks that each is there once.
    private static func metrics(in body: [UInt8]) throws -> [String: WireMessage] {
        let metrics = try WireMessage(body).messages(1, 2, 2)
        return Dictionary(uniqueKeysWithValues: metrics.map { ($0.text(1) ?? "", $0) })
    }

    private static func encode(_ families: [any MetricFamily]) throws -> [String: WireMessage] {
        try metrics(in: MetricsRequest(resource: resource, startedAt: start).encode(families, now: now).body)
    }

    @Test("Every family of the catalogue is there with its help, its series and its labels")
    func catalogue() throws {
        let instruments = Instruments(eventLoops: 2)
        let (body, series) = MetricsRequest(resource: Self.resource, startedAt: Self.start)
            .encode(instruments.families, now: Self.now)
        #expect(series == instruments.families.reduce(0) { $0 + $1.series.count })
        #expect(try WireMessage(body).messages(1, 1).first?.attributes(1)["service.name"] == "shop")
        let metrics = try Self.metrics(in: body)
        let kinds: [(field: Int, kind: MetricKind, labels: Int)] = [
            (5, .gauge, 7), (7, .counter, 7), (9, .histogram, 9), (11, .summary, 7),
        ]
        for family in instruments.families {
            let definition = family.definition
            let metric = try #require(metrics[definition.name])
            let (field, _, labels) = try #require(kinds.first { $0.kind == definition.kind })
            #expect(metric.text(2) == definition.help)
            #expect(Set(metric.numbers).isSubset(of: [1, 2, 3, field]))
            let points = try metric.messages(field, 1)
            let expected = family.series.map { Dictionary(uniqueKeysWithValues: $0.map { ($0.name, $0.value) }) }
            #expect(try points.map { try $0.attributes(labels) } == expected, "\(definition.name)")
            #expect(points.allSatisfy { $0.bits(3) == 9_000_000_000 })
        }
        #expect(metrics.count == instruments.families.count)
    }

    @Test("A counter is a cumulative sum that only grows, since the start")
    func counter() throws {
        let instruments = Instruments()
        instruments.log.messagesTotal.increment(.error, by: 3)
        let sum = try #require(
            try Self.encode([instruments.log.messagesTotal])["log_messages_total"]?.messages(7).first)
        #expect(sum.integer(2) == 2 && sum.integer(3) == 1)
        let points = try sum.messages(1)
        let point = try #require(points.first { try $0.attributes(7) == ["level": "error"] })
        #expect(point.bits(6) == 3 && point.bits(2) == Self.start)
        #expect(points.filter { $0.bits(6) == 0 }.count == points.count - 1)
    }

    @Test("A gauge has its present value, negative or not, and no start")
    func gauge() throws {
        let instruments = Instruments()
        instruments.scrape.series.set(-4)
        instruments.process.startTimeSeconds.set(1.5)
        let metrics = try Self.encode([instruments.scrape.series, instruments.process.startTimeSeconds])
        let series = try #require(try metrics["metrics_series"]?.messages(5, 1).first)
        #expect(series.bits(6) == UInt64(bitPattern: -4) && series.bits(2) == nil)
        let start = try #require(metrics["process_start_time_seconds"])
        #expect(try start.messages(5, 1).first?.double(4) == 1.5 && start.text(3) == "s")
    }

    @Test("A histogram has the counts of each bucket alone, their bounds, its sum and its exemplars")
    func histogram() throws {
        let family = Instruments().redis.commandDurationSeconds
        let labels = type(of: family).firstLabels(of: family)
        let exemplar = Exemplar(traceIDHigh: 1, traceIDLow: 2, spanID: 3)
        family.observe(1, labels, exemplar: exemplar)
        family.observe(.seconds(3_600), labels)
        family.observe(.seconds(3_600), labels)
        let histogram = try #require(try Self.encode([family])["redis_command_duration_seconds"]?.messages(9).first)
        #expect(histogram.integer(2) == 2)
        let points = try histogram.messages(1)
        let point = try #require(points.first { $0.bits(4) == 3 })
        let counts = point.packed(6)
        #expect(counts.first == 1 && counts.last == 2 && counts.reduce(0, +) == 3)
        #expect(point.packed(7).map { Double(bitPattern: $0) } == family.definition.buckets)
        #expect(counts.count == family.definition.buckets.count + 1)
        #expect(abs((point.double(5) ?? 0) - 7_200.000000001) < 1e-6)
        let shown = try #require(try point.messages(8).first)
        #expect(shown.double(3) == 1e-9 && shown.bytes(4) == [[0, 0, 0, 0, 0, 0, 0, 3]])
        #expect(shown.bytes(5) == [[0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2]])
        #expect(points.filter { $0.bits(4) == nil && $0.double(5) == 0 }.count == points.count - 1)
    }

    @Test("A summary has its quantiles, which are not a number without observations")
    func summary() throws {
        var catalogue = Catalogue()
        let family: Summary<LogLevel> = catalogue.summary("size_bytes", "Sizes.", unit: .bytes, quantiles: [0.5, 0.9])
        for value in 1...100 as ClosedRange<UInt64> { family.observe(value, .info, at: Self.now.monotonic) }
        let metric = try #require(try Self.encode([family])["size_bytes"])
        let points = try metric.messages(11, 1)
        let full = try #require(points.first { try $0.attributes(7) == ["level": "info"] })
        #expect(full.bits(4) == 100 && full.double(5) == 5_050 && full.bits(2) == Self.start && metric.text(3) == "By")
        #expect(try full.messages(6).map { $0.double(1) } == [0.5, 0.9])
        #expect(try full.messages(6).map { $0.double(2) } == [50, 90])
        let empty = try #require(points.first { try $0.attributes(7) == ["level": "debug"] })
        #expect(try empty.messages(6).allSatisfy { $0.double(2)?.isNaN == true })
    }

    /// A service that exports metrics to a sink, and the exporter.
    private func exporting(
        to port: Int, pace: ManualPace = ManualPace(), timeout: Duration = .seconds(30),
        instruments: Instruments = Instruments()
    ) throws -> CollectorExport {
        var settings = ExportSettings(resource: Self.resource)
        let endpoint = CollectorEndpoint(url: "http://127.0.0.1:\(port)", signal: .metrics)
        var destination = CollectorDestination(endpoint: try #require(endpoint))
        destination.compresses = false
        settings.metrics = destination
        settings.metricTimeout = timeout
        return CollectorExport(
            settings, instruments: instruments, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            pace: pace.pace
        ) {
            instruments.prepareScrape()
            return instruments.families
        }
    }

    @Test("Metrics of libraries are exported too, and the actions of a scrape run before")
    func service() async throws {
        try await FaultySink.with { sink, port in
            let service = TelemetryService(log: LogSettings(fileDescriptor: LogFile().descriptor))
            (service.foreignMetrics.makeCounter(label: "pool.hits", dimensions: [])).increment(by: 2)
            var settings = ExportSettings(resource: Self.resource)
            settings.metrics = CollectorDestination(
                endpoint: try #require(CollectorEndpoint(url: "http://127.0.0.1:\(port)", signal: .metrics)))
            settings.metrics?.compresses = false
            let export = service.collectorExport(
                settings, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            await export.metrics?.export()
            let request = try #require(sink.received.first)
            #expect(request.head.uri == "/v1/metrics")
            let metrics = try Self.metrics(in: request.body)
            #expect(try metrics["pool_hits_total"]?.messages(7, 1).first?.double(4) == 2)
            #expect((try metrics["process_threads"]?.messages(5, 1).first?.double(4) ?? 0) > 0)
            #expect(service.instruments.export.requestsTotal.value(ExportLabels(.metrics, .ok)) == 1)
            let start = try #require(try metrics["log_messages_total"]?.messages(7, 1).first?.bits(2))
            #expect(start > 1_700_000_000_000_000_000)
        }
    }

    @Test("f: at shutdown the last readings are sent")
    func flush() async throws {
        try await FaultySink.with { sink, port in
            let instruments = Instruments()
            let export = try exporting(to: port, instruments: instruments)
            let running = Task { await export.run() }
            instruments.log.messagesTotal.increment(.info)
            running.cancel()
            await running.value
            let body = try #require(sink.received.last?.body)
            let points = try Self.metrics(in: body)["log_messages_total"]?.messages(7, 1) ?? []
            #expect(points.contains { $0.bits(6) == 1 })
        }
    }

    @Test("f: a collector that does not accept them delays the end only to the limit")
    func shutdown() async throws {
        try await FaultySink.with([.silence]) { _, port in
            let export = try exporting(to: port, pace: ManualPace(isImpatient: true))
            let running = Task { await export.run() }
            running.cancel()
            await running.value
        }
    }

    @Test("g: the next export makes up for one that was given up, because counts run from the start")
    func recovery() async throws {
        let script = [FaultySink.Behaviour](repeating: .answer(503), count: RetryPolicy.triesMax)
        try await FaultySink.with(script) { sink, port in
            let instruments = Instruments()
            let pace = ManualPace()
            let export = try exporting(to: port, pace: pace, instruments: instruments)
            instruments.log.messagesTotal.increment(.info, by: 2)
            await export.metrics?.export()
            #expect(instruments.export.requestsTotal.value(ExportLabels(.metrics, .retryable)) == 5)
            instruments.log.messagesTotal.increment(.info)
            await export.metrics?.export()
            #expect(sink.received.count == 6 && pace.pauses.count == 4)
            let points = try Self.metrics(in: sink.received[5].body)["log_messages_total"]?.messages(7, 1) ?? []
            #expect(points.contains { $0.bits(6) == 3 })
        }
    }

    @Test("A collector that asks for a longer wait than an export may take gets the next one, and not before")
    func rest() async throws {
        try await FaultySink.with([.answer(429, fields: [("Retry-After", "120")])]) { sink, port in
            let (pace, instruments) = (ManualPace(), Instruments())
            let export = try exporting(to: port, pace: pace, instruments: instruments)
            await export.metrics?.export()
            #expect(sink.received.count == 1 && pace.pauses.isEmpty)
            pace.pass(.seconds(20))
            await export.metrics?.export()
            #expect(sink.received.count == 2 && pace.pauses == [.seconds(100)])
        }
    }

    @Test("An export is given up when the time that the environment gives it is over")
    func timeout() async throws {
        try await FaultySink.with([.answer(503), .answer(503), .answer(503)]) { sink, port in
            let pace = ManualPace()
            let export = try exporting(to: port, pace: pace, timeout: .seconds(3))
            await export.metrics?.export()
            #expect(sink.received.count == 2 && pace.pauses == [.seconds(1)])
        }
    }
}

extension Histogram {
    fileprivate static func firstLabels(of family: Histogram) -> Labels { Labels.legal[0] }
}
