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
    case sampler = "OTEL_TRACES_SAMPLER"
    case samplerArgument = "OTEL_TRACES_SAMPLER_ARG"
    case slowMilliseconds = "FLASHSALE_TRACE_SLOW_MS"
    case serviceName = "OTEL_SERVICE_NAME"
    case resourceAttributes = "OTEL_RESOURCE_ATTRIBUTES"

    /// The meaning, with the default in parentheses.
    public var help: String {
        switch self {
        case .sdkDisabled: "true keeps everything here (false)"
        case .tracesExporter: "otlp or none (otlp with an endpoint)"
        case .metricsExporter: "otlp or none (none)"
        case .logsExporter: "otlp or none (none)"
        case .endpoint: "http(s)://host:port (localhost:4318)"
        case .headers: "name=value,… of every request"
        case .timeout: "milliseconds of a request (10000)"
        case .transport: "only http/protobuf"
        case .compression: "gzip or none (gzip)"
        case .certificate: "PEM file of trusted certificates (system's)"
        case .clientCertificate: "PEM file of the service's certificate"
        case .clientKey: "PEM file of the key to it"
        case .metricInterval: "milliseconds between two exports (60000)"
        case .metricTimeout: "milliseconds with all tries (30000)"
        case .sampler: "always_on, always_off, traceidratio or parentbased_… (parentbased_traceidratio)"
        case .samplerArgument: "share that is sampled, 0 to 1 (0.05)"
        case .slowMilliseconds: "slower requests are exported unsampled (500)"
        case .serviceName: "service.name (flashsale)"
        case .resourceAttributes: "name=value,… of the service"
        }
    }

    /// The variable of one signal alone, which wins: `OTEL_EXPORTER_OTLP_LOGS_ENDPOINT`.
    public func name(of signal: ExportSignal) -> String {
        rawValue.replacing(Self.prefix, with: Self.prefix + signal.rawValue.uppercased() + "_")
    }

    static let prefix = "OTEL_EXPORTER_OTLP_"

    /// The list for `--help`.
    public static var discussion: String {
        let width = allCases.map(\.rawValue.count).max() ?? 0
        let lines = allCases.map { variable in
            let gap = String(repeating: " ", count: width - variable.rawValue.count + 2)
            return "  " + variable.rawValue + gap + variable.help
        }
        return """
            What goes to a collector by OTLP over HTTP is told by the environment alone.
            Each \(prefix)X can be said of one signal, which wins there:
            \(prefix)TRACES_X, …METRICS_X and …LOGS_X. The endpoint of one
            signal is the whole URL, path included.

            \(lines.joined(separator: "\n"))
            """
    }
}
