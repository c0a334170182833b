// Metrics that libraries record through swift-metrics. They join the exposition under names that both formats allow and
// within our limits. A series that does not fit is refused and counted; its library records into nothing and does not
// notice.

public import CoreMetrics
internal import Synchronization
internal import Telemetry

/// The factory behind swift-metrics.
public final class ForeignMetrics: MetricsFactory {
    /// The most lines of the exposition that libraries may have.
    public static let seriesMax = 200
    /// The most labels of a series; more are left out.
    static let labelsMax = 8

    private struct State {
        /// Names of the catalogue.
        var reserved: Set<String> = []
        var families: [String: ForeignFamily] = [:]
        /// The families in order of arrival.
        var order: [String] = []
        var lineCount = 0
    }

    private let state = Mutex(State())
    private let instruments: ScrapeInstruments

    init(instruments: ScrapeInstruments) {
        self.instruments = instruments
    }

    /// Reserves names that libraries must not use.
    func reserve(_ names: Set<String>) {
        state.withLock { $0.reserved.formUnion(names) }
    }

    /// The families that are registered by now.
    var families: [any MetricFamily] {
        state.withLock { state in state.order.compactMap { state.families[$0] } }
    }

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(.counter, .none, label, dimensions) ?? NOOPMetricsHandler.instance
    }

    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        series(.counter, .none, label, dimensions) ?? NOOPMetricsHandler.instance
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(.gauge, .none, label, dimensions) ?? NOOPMetricsHandler.instance
    }

    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        series(aggregate ? .summary : .gauge, .none, label, dimensions) ?? NOOPMetricsHandler.instance
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(.summary, .seconds, label, dimensions) ?? NOOPMetricsHandler.instance
    }

    // A series that no one writes to any more stays: a counter that vanished and came back would look like a reset.
    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}

    /// The series of these labels, new or known; nil if it is refused.
    private func series(
        _ kind: MetricKind, _ unit: MetricUnit, _ label: String, _ dimensions: [(String, String)]
    ) -> ForeignSeries? {
        let name = ForeignName.metric(label, kind: kind, unit: unit)
        let labels = ForeignName.labels(dimensions, max: Self.labelsMax)
        let (series, lineCount) = state.withLock { state in
            let series = Self.series(kind, unit, name, labels, in: &state)
            return (series, state.lineCount)
        }
        if series == nil { instruments.foreignSeriesRefusedTotal.increment() }
        instruments.foreignSeries.set(lineCount)
        return series
    }

    private static func series(
        _ kind: MetricKind, _ unit: MetricUnit, _ name: String, _ labels: [LabelPair], in state: inout State
    ) -> ForeignSeries? {
        let known = state.families[name]
        if let known {
            guard known.definition.kind == kind, known.definition.unit == unit else { return nil }
            if let series = known.series(labels) { return series }
        }
        let lines = kind == .summary ? 2 : 1
        guard state.lineCount + lines <= seriesMax else { return nil }
        let names = ForeignName.samples(of: name, kind: kind)
        // A known family has reserved its names already.
        guard known != nil || state.reserved.isDisjoint(with: names) else { return nil }
        var family = known ?? ForeignFamily(name: name, kind: kind, unit: unit)
        let series = family.add(labels)
        if known == nil { state.order.append(name) }
        state.families[name] = family
        state.reserved.formUnion(names)
        state.lineCount += lines
        return series
    }
}
