// Telemetry as one part of the process: first to start, last to stop.

public import Logging
public import ServiceLifecycle
public import Telemetry
internal import Textbook

/// The instruments, their exposition and the log, of one process.
///
/// In a service group it stands first, so that it stops last and writes the last lines of the others.
public final class TelemetryService: Service {
    public let instruments: Instruments
    /// The answers of `/metrics`.
    public let metrics: MetricsEndpoint
    /// The metrics of libraries, through swift-metrics.
    public let foreignMetrics: ForeignMetrics
    /// The level, while it runs.
    public var logControl: LogControl { logs.control }

    private let logs: LogPipeline
    /// When the instruments began to count.
    private let startedAt = UTCTime.now

    /// Makes the parts without installing them; ``TelemetryBootstrap`` installs.
    public init(
        build: BuildInfo = BuildInfo(), configuration: ConfigurationInfo = ConfigurationInfo(), eventLoops: Int = 1,
        pods: [PodNumber] = [], log settings: LogSettings = LogSettings()
    ) {
        let instruments = Instruments(
            build: build, configuration: configuration, eventLoops: eventLoops, pods: pods,
            samplesHeap: HeapSampling.isBuilt)
        self.instruments = instruments
        let collector = ProcessCollector(instruments)
        instruments.onScrape { collector.collect() }
        foreignMetrics = ForeignMetrics(instruments: instruments.scrape)
        metrics = MetricsEndpoint(MetricsExposition(instruments, foreign: foreignMetrics))
        logs = LogPipeline(settings, instruments: instruments.log)
    }

    deinit {
        logs.writer.close(within: .zero)
    }

    /// A handler for a logger of that name.
    public func logHandler(label: String) -> JSONLogHandler {
        JSONLogHandler(label: label, pipeline: logs)
    }

    /// Logs a request, unless sampling drops its line.
    ///
    /// - Parameters:
    ///   - mustBeKept: whether its line must be written, as for a slow or failed request.
    ///   - line: makes the line; only called if it is written.
    public func logRequest(mustBeKept: Bool, _ line: () -> RequestLine) { logs.log(mustBeKept: mustBeKept, line) }

    /// The export of traces, metrics and logs to a collector, as the settings ask for it.
    ///
    /// Call it at most once: from then on log lines go there too.
    public func collectorExport(_ settings: ExportSettings, logger: Logger) -> CollectorExport {
        let export = CollectorExport(
            settings, instruments: instruments, startedAt: startedAt.nanosecondsSince1970, logger: logger
        ) { [instruments, foreignMetrics] in
            instruments.prepareScrape()
            return instruments.families + foreignMetrics.families
        }
        if let exporter = export.logs { logs.export(to: exporter) }
        return export
    }

    /// Waits for the end of the process's services, then writes out the log.
    public func run() async {
        try? await gracefulShutdown()
        shutdown()
    }

    /// Writes out the queued lines. Later lines are written by the threads that log them.
    ///
    /// - Parameter limit: how long to wait for a reader that is stuck.
    /// - Returns: whether everything is written.
    @discardableResult
    public func shutdown(within limit: Duration = .seconds(2)) -> Bool {
        logs.writer.close(within: limit)
    }
}
