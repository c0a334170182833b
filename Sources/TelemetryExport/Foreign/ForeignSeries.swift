// One series of a library. For every handler of swift-metrics it is a sum and a count.

internal import CoreMetrics
internal import Synchronization
internal import Telemetry

final class ForeignSeries: Sendable {
    private let kind: MetricKind
    private let state = Mutex((sum: 0.0, count: 0 as UInt64))

    init(kind: MetricKind) {
        self.kind = kind
    }

    var value: SeriesValue {
        let (sum, count) = state.withLock { $0 }
        return kind == .summary ? .summary(values: [], sum: sum, count: count) : .number(sum)
    }

    /// Adds one observation. Ignores one that is not a number or would lower a counter.
    private func add(_ amount: Double) {
        guard amount.isFinite, kind != .counter || amount >= 0 else { return }
        state.withLock { state in
            state.sum += amount
            state.count += 1
        }
    }
}

extension ForeignSeries: CounterHandler, FloatingPointCounterHandler {
    func increment(by amount: Int64) { add(Double(amount)) }
    func increment(by amount: Double) { add(amount) }
    func reset() { state.withLock { $0 = (0, 0) } }
}

extension ForeignSeries: MeterHandler {
    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { state.withLock { $0.sum = value } }
    func decrement(by amount: Double) { add(-amount) }
}

extension ForeignSeries: RecorderHandler, TimerHandler {
    func record(_ value: Int64) { record(Double(value)) }
    func record(_ value: Double) { if kind == .gauge { set(value) } else { add(value) } }
    func recordNanoseconds(_ duration: Int64) { add(Double(duration) * 1e-9) }
}
