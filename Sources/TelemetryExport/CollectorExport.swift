// The export to collectors as one part of the process: traces, metrics and logs, each if it is asked for.

internal import Logging
internal import NIOCore
internal import NIOPosix
public import ServiceLifecycle
public import Telemetry

/// Sends traces, metrics and logs to their collectors by OTLP over HTTP, in Protocol Buffers.
///
/// In a service group it stands behind the log and before the services whose telemetry it sends, so it stops after
/// them. The signals end together: a dead collector delays the end by five seconds, not by five for each signal.
public final class CollectorExport: Service {
    let spans: BatchExporter<SpanSignal>?
    let metrics: MetricsExporter?
    let logs: BatchExporter<LogSignal>?
    private let group: MultiThreadedEventLoopGroup

    /// - Parameters:
    ///   - startedAt: when the instruments began to count, in nanoseconds since 1970.
    ///   - read: all families, after the actions that the instruments run before they are read.
    init(
        _ settings: ExportSettings, instruments: Instruments, startedAt: UInt64 = 0, logger: Logger,
        pace: ExportPace = .standard, read: @escaping @Sendable () -> [any MetricFamily] = { [] }
    ) {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        self.group = group
        func delivery(
            _ signal: ExportSignal, _ destination: CollectorDestination, within limit: Duration
        ) -> CollectorDelivery {
            CollectorDelivery(
                signal, to: destination, within: limit, instruments: instruments.export, logger: logger, pace: pace,
                eventLoop: group.next())
        }
        let resource = settings.resource
        spans = settings.traces.map { destination in
            instruments.tracing.spanQueueCapacity.set(settings.spans.queueMax)
            return BatchExporter(
                SpanSignal(resource: resource, instruments: instruments.tracing, pace: pace),
                delivery: delivery(.traces, destination, within: settings.spans.timeout), limits: settings.spans)
        }
        metrics = settings.metrics.map { destination in
            MetricsExporter(
                MetricsRequest(resource: resource, startedAt: startedAt),
                delivery: delivery(.metrics, destination, within: settings.metricTimeout),
                interval: settings.metricInterval, read: read)
        }
        logs = settings.logs.map { destination in
            BatchExporter(
                LogSignal(resource: resource, instruments: instruments.log),
                delivery: delivery(.logs, destination, within: settings.records.timeout), limits: settings.records)
        }
    }

    /// Takes a trace that has ended, or counts its spans as dropped. Returns at once.
    public func export(_ trace: Trace) { spans?.export(trace) }

    /// Exports until the graceful shutdown or until the task is cancelled, then the rest, for at most five seconds.
    public func run() async {
        await withDiscardingTaskGroup { tasks in
            if let spans { tasks.addTask { await spans.run() } }
            if let metrics { tasks.addTask { await metrics.run() } }
            if let logs { tasks.addTask { await logs.run() } }
        }
        try? await group.shutdownGracefully()
    }
}
