// From the instruments to the collector, every so often. Nothing waits here: what a request fails to bring is in the
// next one, since all that is counted is counted from the start.

internal import Telemetry

/// Sends what the instruments stand at, as often as its interval says and once more at the end.
final class MetricsExporter: Sendable {
    private let delivery: CollectorDelivery
    private let request: MetricsRequest
    private let read: @Sendable () -> [any MetricFamily]
    private let rounds: ExportRounds

    /// - Parameter read: all families, after the actions that the instruments run before they are read.
    init(
        _ request: MetricsRequest, delivery: CollectorDelivery, interval: Duration,
        read: @escaping @Sendable () -> [any MetricFamily]
    ) {
        self.request = request
        self.delivery = delivery
        self.read = read
        rounds = ExportRounds(every: interval, pace: delivery.pace)
    }

    /// Exports until the graceful shutdown or until the task is cancelled, then a last time, for five seconds at most.
    func run() async {
        await rounds.run { _ in await self.export() }
        await delivery.close()
    }

    /// Sends all readings. Returns when they are delivered or given up, or the task is cancelled.
    func export() async {
        guard !Task.isCancelled else { return }
        let (body, series) = request.encode(read(), now: (delivery.pace.real(), delivery.pace.now()))
        _ = await delivery.deliver(body, of: series)
    }
}
