// Metrics as a collector reads them: opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest, under the
// names that the exposition gives them. Counts run from the start: temporality is cumulative.

internal import Telemetry

/// Encodes families. The field numbers are those of opentelemetry-proto 1.
struct MetricsRequest: Sendable {
    private static let cumulative = 2

    let resource: TelemetryResource
    /// When the instruments began to count, in nanoseconds since 1970.
    let startedAt: UInt64

    /// The body, and the number of its series.
    func encode(
        _ families: [any MetricFamily], now: (real: UInt64, monotonic: MonotonicTime)
    ) -> (body: [UInt8], series: Int) {
        var request = ProtobufWriter(capacity: 256 * 1_024)
        var series = 0
        request.message(1) { metrics in
            metrics.resource(1, resource)
            metrics.message(2) { scope in
                scope.message(1) { $0.text(1, "flashsale") }
                for family in families {
                    let points = points(of: family, at: now)
                    series += points.count
                    scope.message(2) { write(points, of: family.definition, to: &$0) }
                }
            }
        }
        return (request.bytes, series)
    }

    /// One series at one moment.
    private struct Point {
        let labels: [LabelPair]
        let value: SeriesValue
        let exemplars: [ObservedExemplar]
        let time: UInt64
    }

    private func points(of family: any MetricFamily, at now: (real: UInt64, monotonic: MonotonicTime)) -> [Point] {
        let exemplars = family.exemplars()
        return zip(family.series, family.read(at: now.monotonic)).enumerated().map { place, series in
            Point(
                labels: series.0, value: series.1,
                exemplars: exemplars.isEmpty ? [] : exemplars[place].compactMap { $0 }, time: now.real)
        }
    }

    private func write(_ points: [Point], of definition: MetricDefinition, to metric: inout ProtobufWriter) {
        metric.text(1, definition.name)
        metric.text(2, definition.help)
        metric.text(3, definition.unit.codeOfMeasure)
        switch definition.kind {
        case .gauge:
            metric.message(5) { gauge in
                for point in points { gauge.message(1) { writeNumber(point, since: nil, to: &$0) } }
            }
        case .counter:
            metric.message(7) { sum in
                for point in points { sum.message(1) { writeNumber(point, since: startedAt, to: &$0) } }
                sum.integer(2, Self.cumulative)
                sum.bool(3, true)
            }
        case .histogram:
            metric.message(9) { histogram in
                for point in points { histogram.message(1) { writeHistogram(point, definition, to: &$0) } }
                histogram.integer(2, Self.cumulative)
            }
        case .summary:
            metric.message(11) { summary in
                for point in points { summary.message(1) { writeSummary(point, definition, to: &$0) } }
            }
        }
    }

    /// A `NumberDataPoint`.
    private func writeNumber(_ point: Point, since start: UInt64?, to message: inout ProtobufWriter) {
        if let start { message.fixed64(2, start) }
        message.fixed64(3, point.time)
        switch point.value {
        case .integer(let number): message.choice(6, fixed64: UInt64(bitPattern: number))
        case .number(let number): message.choice(4, number: number)
        case .histogram, .summary: preconditionFailure("a number of many parts")
        }
        for exemplar in point.exemplars { message.message(5) { write(exemplar, to: &$0) } }
        write(point.labels, as: 7, to: &message)
    }

    /// A `HistogramDataPoint`. Its counts are those of each bucket alone.
    private func writeHistogram(_ point: Point, _ definition: MetricDefinition, to message: inout ProtobufWriter) {
        guard case .histogram(let cumulative, let sum) = point.value, let count = cumulative.last else {
            preconditionFailure("a histogram without buckets")
        }
        message.fixed64(2, startedAt)
        message.fixed64(3, point.time)
        message.fixed64(4, count)
        message.choice(5, number: sum)
        message.packed(6, fixed64: zip(cumulative, [0] + cumulative).map { $0 - $1 })
        message.packed(7, fixed64: definition.buckets.map(\.bitPattern))
        for exemplar in point.exemplars { message.message(8) { write(exemplar, to: &$0) } }
        write(point.labels, as: 9, to: &message)
    }

    /// A `SummaryDataPoint`.
    private func writeSummary(_ point: Point, _ definition: MetricDefinition, to message: inout ProtobufWriter) {
        guard case .summary(let values, let sum, let count) = point.value else {
            preconditionFailure("a summary without a sum")
        }
        message.fixed64(2, startedAt)
        message.fixed64(3, point.time)
        message.fixed64(4, count)
        message.choice(5, number: sum)
        for (quantile, value) in zip(definition.quantiles, values) {
            message.message(6) { pair in
                pair.choice(1, number: quantile)
                pair.choice(2, number: value)
            }
        }
        write(point.labels, as: 7, to: &message)
    }

    private func write(_ labels: [LabelPair], as field: Int, to message: inout ProtobufWriter) {
        for label in labels { message.attribute(field, label.name, .text(label.value)) }
    }

    /// An `Exemplar`.
    private func write(_ observed: ObservedExemplar, to message: inout ProtobufWriter) {
        let exemplar = observed.exemplar
        message.fixed64(2, UInt64(observed.time * 1_000_000_000))
        message.choice(3, number: observed.value)
        message.id(4, SpanID(exemplar.spanID))
        message.id(5, TraceID(high: exemplar.traceIDHigh, low: exemplar.traceIDLow))
    }
}

extension MetricUnit {
    /// The unit by the Unified Code for Units of Measure, as OpenTelemetry has it.
    fileprivate var codeOfMeasure: String {
        switch self {
        case .seconds: "s"
        case .bytes: "By"
        case .ratio: "1"
        case .none: ""
        }
    }
}
