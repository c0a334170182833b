// Telemetry as one part of the process: first to start, last to stop.

public import Logging
public import ServiceLifecycle
public import Telemetry

/// The instruments, their exposition and the log, of one process.
///
/// In a service group it stands first, so that it is stopped last and the others' farewells are still written.
public final class TelemetryService: Service {
    public let instruments: Instruments
    /// What `/metrics` answers.
    public let metrics: MetricsEndpoint
    /// What libraries record through swift-metrics.
    public let foreignMetrics: ForeignMetrics
    /// The level, while it runs.
    public var logControl: LogControl { logs.control }

    private let logs: LogPipeline
    /// When the instruments began to count.
    private let startedAt = RealTime.now

    /// Makes the parts without installing them; ``TelemetryBootstrap`` installs.
    public init(
        build: BuildInfo = BuildInfo(), configuration: ConfigurationInfo = ConfigurationInfo(), eventLoops: Int = 1,
        log settings: LogSettings = LogSettings()
    ) {
        let instruments = Instruments(
            build: build, configuration: configuration, eventLoops: eventLoops, samplesHeap: HeapSampling.isBuilt)
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

    /// Logs a request, unless its line is left out under load.
    ///
    /// - Parameters:
    ///   - mustBeKept: whether it never is, as a slow or a failed one's.
    ///   - line: makes the line; only called if it is written.
    public func logRequest(mustBeKept: Bool, _ line: () -> RequestLine) { logs.log(mustBeKept: mustBeKept, line) }

    /// What sends traces, metrics and logs to a collector, as far as the settings ask for it.
    ///
    /// To be called at most once: from then on, what is logged goes there too.
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

    /// Waits for the end of the process' services, then writes out the log.
    public func run() async {
        try? await gracefulShutdown()
        shutdown()
    }

    /// Writes out what is queued. Lines that come later are written by those who log them.
    ///
    /// - Parameter limit: how long a reader that is stuck is waited for.
    /// - Returns: whether everything is written.
    @discardableResult
    public func shutdown(within limit: Duration = .seconds(2)) -> Bool {
        logs.writer.close(within: limit)
    }
}
