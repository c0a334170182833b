// Sends the instruments' values to the collector at an interval. It has no queue: if a request fails, the next one has
// its values, because counts run from the start.

internal import Telemetry

/// Sends the instruments' values at its interval, and once more at the end.
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

    /// Exports until the graceful shutdown or until the task is cancelled, then a last time, for at most five seconds.
    func run() async {
        await rounds.run { _ in await self.export() }
        await delivery.close()
    }

    /// Sends all readings. Returns when they are delivered or given up, or the task is cancelled.
    func export() async {
        guard !Task.isCancelled, await delivery.rest() else { return }
        let (body, series) = request.encode(read(), now: (delivery.pace.real(), delivery.pace.now()))
        _ = await delivery.deliver(body, of: series)
    }
}
