// The settings of the export.

public import Telemetry

/// How traces are sampled, and where traces, metrics and logs go.
public struct ExportSettings: Sendable {
    /// Nil if nothing is traced.
    public var traces: CollectorDestination?
    /// Nil if metrics are only scraped.
    public var metrics: CollectorDestination?
    /// Nil if logs are only written.
    public var logs: CollectorDestination?
    public var sampler = Sampler.standard
    /// A request that takes longer is exported although it was not sampled.
    public var slow = Duration.milliseconds(500)
    /// From one export of metrics to the next.
    public var metricInterval = Duration.seconds(60)
    /// The time for an export of metrics, all tries included.
    public var metricTimeout = Duration.seconds(30)
    /// How spans are gathered into requests.
    public var spans = BatchLimits.ofSpans
    /// How log records are gathered into requests.
    public var records = BatchLimits.ofRecords
    public var resource: TelemetryResource

    public init(resource: TelemetryResource) {
        self.resource = resource
    }

    /// Reads the environment.
    ///
    /// - Returns: the settings, nil if nothing is to be exported and no collector is needed; and a sentence for each
    ///   value of OpenTelemetry's variables that is not understood, and one for those that are not read.
    /// - Throws: ``Problems``, a sentence for each of the service's own variables that makes no sense.
    public static func read(
        _ environment: [String: String], build: BuildInfo = BuildInfo()
    ) throws(Problems) -> (settings: ExportSettings?, warnings: [String]) {
        var reader = ExportReader(environment: environment)
        let signals = reader.signals()
        var settings = ExportSettings(
            resource: TelemetryResource(
                serviceName: reader.given(.serviceName)?.text, build: build,
                more: signals.isEmpty ? [] : reader.pairs(.resourceAttributes)))
        if signals.contains(.traces) {
            settings.traces = reader.destination(of: .traces)
            settings.sampler = reader.sampler()
            reader.read(&settings.spans, .spanDelay, .spanTimeout, .spanQueue, .spanBatch)
            if let slow = reader.milliseconds(.slowMilliseconds) { settings.slow = slow }
        }
        if signals.contains(.metrics) {
            settings.metrics = reader.destination(of: .metrics)
            if let interval = reader.milliseconds(.metricInterval) { settings.metricInterval = interval }
            if let timeout = reader.milliseconds(.metricTimeout) { settings.metricTimeout = timeout }
            reader.choose(.metricTemporality, among: ["cumulative"])
        }
        if signals.contains(.logs) {
            settings.logs = reader.destination(of: .logs)
            reader.read(&settings.records, .recordDelay, .recordTimeout, .recordQueue, .recordBatch)
        }
        guard reader.problems.isEmpty else { throw Problems(sentences: reader.problems) }
        let isAsked = settings.traces != nil || settings.metrics != nil || settings.logs != nil
        return (isAsked ? settings : nil, reader.warnings)
    }

    /// The errors of the environment.
    public struct Problems: Error, CustomStringConvertible {
        public let sentences: [String]
        public var description: String { sentences.joined(separator: "\n") }
    }
}
