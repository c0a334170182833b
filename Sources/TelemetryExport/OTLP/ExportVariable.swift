// The export's variables: the one list for help and errors.

public import Telemetry

/// A variable of the environment, by OpenTelemetry's name where there is one.
public enum ExportVariable: String, CaseIterable, Sendable {
    case sdkDisabled = "OTEL_SDK_DISABLED"
    case tracesExporter = "OTEL_TRACES_EXPORTER"
    case metricsExporter = "OTEL_METRICS_EXPORTER"
    case logsExporter = "OTEL_LOGS_EXPORTER"
    case endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT"
    case headers = "OTEL_EXPORTER_OTLP_HEADERS"
    case timeout = "OTEL_EXPORTER_OTLP_TIMEOUT"
    case transport = "OTEL_EXPORTER_OTLP_PROTOCOL"
    case compression = "OTEL_EXPORTER_OTLP_COMPRESSION"
    case certificate = "OTEL_EXPORTER_OTLP_CERTIFICATE"
    case clientCertificate = "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"
    case clientKey = "OTEL_EXPORTER_OTLP_CLIENT_KEY"
    case metricInterval = "OTEL_METRIC_EXPORT_INTERVAL"
    case metricTimeout = "OTEL_METRIC_EXPORT_TIMEOUT"
    case metricTemporality = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"
    case sampler = "OTEL_TRACES_SAMPLER"
    case samplerArgument = "OTEL_TRACES_SAMPLER_ARG"
    case spanDelay = "OTEL_BSP_SCHEDULE_DELAY"
    case spanTimeout = "OTEL_BSP_EXPORT_TIMEOUT"
    case spanQueue = "OTEL_BSP_MAX_QUEUE_SIZE"
    case spanBatch = "OTEL_BSP_MAX_EXPORT_BATCH_SIZE"
    case recordDelay = "OTEL_BLRP_SCHEDULE_DELAY"
    case recordTimeout = "OTEL_BLRP_EXPORT_TIMEOUT"
    case recordQueue = "OTEL_BLRP_MAX_QUEUE_SIZE"
    case recordBatch = "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE"
    case slowMilliseconds = "FLASHSALE_TRACE_SLOW_MS"
    case serviceName = "OTEL_SERVICE_NAME"
    case resourceAttributes = "OTEL_RESOURCE_ATTRIBUTES"

    /// The meaning, without the default.
    public var help: String {
        switch self {
        case .sdkDisabled: "true keeps everything here"
        case .tracesExporter: "otlp or none; otlp where an endpoint is set"
        case .metricsExporter, .logsExporter: "otlp or none"
        case .endpoint: "http(s)://host:port; without a port 80 or 443, as of any URL"
        case .headers: "name=value,… of every request"
        case .timeout: "milliseconds of a request"
        case .transport: "only http/protobuf"
        case .compression: "gzip or none"
        case .certificate: "PEM file of trusted certificates; else the system's"
        case .clientCertificate: "PEM file of the service's certificate"
        case .clientKey: "PEM file of the key to it"
        case .metricInterval: "milliseconds between two exports"
        case .metricTimeout: "milliseconds of an export with all tries"
        case .metricTemporality: "only cumulative"
        case .sampler: "always_on, always_off, traceidratio or parentbased_…"
        case .samplerArgument: "share that is sampled, 0 to 1"
        case .spanDelay: "milliseconds that spans wait for a request of more, at most"
        case .spanTimeout: "milliseconds of a request of spans with all tries"
        case .spanQueue: "spans that may wait; others are dropped"
        case .spanBatch: "spans of a request, and so many are sent at once"
        case .recordDelay: "milliseconds that log records wait for a request of more, at most"
        case .recordTimeout: "milliseconds of a request of log records with all tries"
        case .recordQueue: "log records that may wait; others are dropped"
        case .recordBatch: "log records of a request, and so many are sent at once"
        case .slowMilliseconds: "milliseconds; slower requests are exported unsampled"
        case .serviceName: "service.name"
        case .resourceAttributes: "name=value,… of the service"
        }
    }

    /// The default; empty if there is none, or if it depends on other variables.
    public var standard: String {
        switch self {
        case .sdkDisabled: "false"
        case .metricsExporter, .logsExporter: "none"
        case .endpoint: "http://localhost:4318"
        case .timeout: "10000"
        case .transport: "http/protobuf"
        case .compression: "gzip"
        case .metricInterval: "60000"
        case .metricTimeout: "30000"
        case .metricTemporality: "cumulative"
        case .sampler: "parentbased_traceidratio"
        case .samplerArgument: "0.05"
        case .spanDelay: "5000"
        case .recordDelay: "1000"
        case .spanTimeout, .recordTimeout: "30000"
        case .spanQueue, .recordQueue: "2048"
        case .spanBatch, .recordBatch: "512"
        case .slowMilliseconds: "500"
        case .serviceName: "flashsale"
        case .tracesExporter, .headers, .certificate, .clientCertificate, .clientKey, .resourceAttributes: ""
        }
    }

    /// The variable of one signal alone, which wins: `OTEL_EXPORTER_OTLP_LOGS_ENDPOINT`.
    public func name(of signal: ExportSignal) -> String {
        rawValue.replacing(Self.prefix, with: Self.prefix + signal.rawValue.uppercased() + "_")
    }

    /// Begins the name of a variable that also exists for one signal.
    public static let prefix = "OTEL_EXPORTER_OTLP_"

    /// Whether it is not one of OpenTelemetry's.
    var isOfThisService: Bool { rawValue.hasPrefix("FLASHSALE_") }
}
