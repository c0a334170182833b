// The environment of the exporter, variable by variable.

import Telemetry
import Testing
import Textbook

@testable import TelemetryExport

@Suite("Settings of the export")
struct ExportSettingsTests {
    private func read(_ more: [String: String]) throws -> ExportSettings? {
        try ExportSettings.read(["OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector"].merging(more) { $1 }).settings
    }

    @Test(
        "Signals are off by default: traces without an endpoint, metrics and logs without their exporter",
        arguments: [
            ([:], []), (["OTEL_EXPORTER_OTLP_ENDPOINT": ""], []),
            (["OTEL_EXPORTER_OTLP_ENDPOINT": "http://c"], ["traces"]),
            (["OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_SDK_DISABLED": "TRUE"], []),
            (["OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_TRACES_EXPORTER": "none"], []),
            (["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c"], ["traces"]),
            (["OTEL_TRACES_EXPORTER": "otlp"], ["traces"]),
            (["OTEL_METRICS_EXPORTER": "otlp"], ["metrics"]), (["OTEL_LOGS_EXPORTER": "otlp"], ["logs"]),
            (["OTEL_METRICS_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none"], []),
            (["OTEL_METRICS_EXPORTER": "prometheus, OTLP"], ["metrics"]), (["OTEL_LOGS_EXPORTER": "console"], []),
            (["OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_TRACES_EXPORTER": "zipkin"], ["traces"]),
            (["OTEL_EXPORTER_OTLP_ENDPOINT": "c:4317"], []),
            (["OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_SDK_DISABLED": "yes"], ["traces"]),
        ] as [([String: String], [String])])
    func signals(environment: [String: String], asked: [String]) throws {
        let settings = try ExportSettings.read(environment).settings
        let destinations = [("traces", settings?.traces), ("metrics", settings?.metrics), ("logs", settings?.logs)]
        #expect(destinations.filter { $0.1 != nil }.map(\.0) == asked)
        #expect((settings == nil) == asked.isEmpty)
    }

    @Test("A variable of one signal wins over the variable of all")
    func ofOneSignal() throws {
        let settings = try #require(
            try read([
                "OTEL_METRICS_EXPORTER": "otlp", "OTEL_LOGS_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_TIMEOUT": "9000",
                "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": "https://logs/in", "OTEL_EXPORTER_OTLP_LOGS_TIMEOUT": "1",
                "OTEL_EXPORTER_OTLP_LOGS_HEADERS": "a=1", "OTEL_EXPORTER_OTLP_METRICS_COMPRESSION": "none",
                "OTEL_METRIC_EXPORT_INTERVAL": "1500", "OTEL_METRIC_EXPORT_TIMEOUT": "700",
            ]))
        let (traces, metrics, logs) = (try #require(settings.traces), try #require(settings.metrics), settings.logs)
        #expect(traces.endpoint.path == "/v1/traces" && metrics.endpoint.path == "/v1/metrics")
        #expect(logs?.endpoint == CollectorEndpoint(urlOfSignal: "https://logs/in"))
        #expect(logs?.endpoint.path == "/in" && logs?.endpoint.server.port == 443 && logs?.trust != nil)
        #expect(traces.timeout == .seconds(9) && logs?.timeout == .milliseconds(1))
        #expect(traces.headers.isEmpty && logs?.headers == [LabelPair(name: "a", value: "1")])
        #expect(traces.compresses && !metrics.compresses)
        #expect(settings.metricInterval == .milliseconds(1_500) && settings.metricTimeout == .milliseconds(700))
    }

    @Test("Metrics and logs go to this machine's collector where none is named")
    func standardEndpoint() throws {
        let settings = try ExportSettings.read(["OTEL_METRICS_EXPORTER": "otlp"]).settings
        #expect(settings?.metrics?.endpoint == CollectorEndpoint(url: "http://localhost:4318", signal: .metrics))
        #expect(settings?.metricInterval == .seconds(60) && settings?.metricTimeout == .seconds(30))
    }

    @Test("A variable of one signal has the signal in its name")
    func nameOfSignal() {
        #expect(ExportVariable.endpoint.name(of: .logs) == "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT")
    }

    @Test(
        "A variable that is set to its default changes nothing",
        arguments: ExportVariable.allCases.filter { !$0.standard.isEmpty })
    func defaults(variable: ExportVariable) throws {
        let exporters: [ExportVariable] = [.tracesExporter, .metricsExporter, .logsExporter]
        var environment = Dictionary(uniqueKeysWithValues: exporters.map { ($0.rawValue, "otlp") })
        environment[variable.rawValue] = nil
        func described(_ environment: [String: String]) throws -> String {
            let settings = try #require(try ExportSettings.read(environment).settings)
            let name = settings.resource.attributes.first { $0.name == "service.name" }?.value
            let signals = [settings.traces, settings.metrics, settings.logs]
            let times = [settings.slow, settings.metricInterval, settings.metricTimeout]
            return "\(signals) \(settings.sampler) \(times) \(settings.spans) \(settings.records) \(name ?? "")"
        }
        let unset = try described(environment)
        environment[variable.rawValue] = variable.standard
        #expect(try described(environment) == unset)
    }

    @Test(
        "An endpoint is a host, a port and a path",
        arguments: [
            ("http://collector", "collector", 80, "/v1/traces"), ("http://c:81/", "c", 81, "/v1/traces"),
            ("http://c:4318/base", "c", 4_318, "/base/v1/traces"), ("http://[::1]:9", "::1", 9, "/v1/traces"),
            ("http://[::1]", "::1", 80, "/v1/traces"), ("https://c", "c", 443, "/v1/traces"),
            ("https://c:4318/x//", "c", 4_318, "/x/v1/traces"), ("HTTPS://c:1", "c", 1, "/v1/traces"),
        ])
    func endpoint(url: String, host: String, port: Int, path: String) throws {
        let endpoint = try #require(CollectorEndpoint(url: url, signal: .traces))
        #expect(endpoint.usesTLS == url.lowercased().hasPrefix("https"))
        #expect(endpoint.server == HostPort(host: host, port: port) && endpoint.path == path)
    }

    @Test(
        "Every other endpoint is ignored",
        arguments: [
            "ftp://c", "c:4318", "c", "http:c", "http://", "http://:1", "http://c:0", "http://c:x", "http://c:65536",
            "http://u@c",
            "http://c?x", "http://c/#x", "http://c/ä", "http://c d", "http://[::1",
        ])
    func badEndpoint(url: String) {
        #expect(CollectorEndpoint(url: url, signal: .traces) == nil && CollectorEndpoint(urlOfSignal: url) == nil)
        #expect(throws: Never.self) {
            let (settings, warnings) = try ExportSettings.read(["OTEL_EXPORTER_OTLP_ENDPOINT": url])
            #expect(settings == nil && warnings.count == 1)
        }
    }

    @Test("A list with a header that has no name is none", arguments: ["\"a", "x:y", "a b(", "ä"])
    func badHeader(name: String) throws {
        let (settings, warnings) = try ExportSettings.read([
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_EXPORTER_OTLP_HEADERS": "x-a=1,\(name)=2",
        ])
        #expect(settings?.traces?.headers == [] && warnings.count == 1)
    }

    @Test("Set variables count, others have their defaults")
    func values() throws {
        let standard = try #require(try read([:]))
        #expect(standard.sampler == .standard && standard.slow == .milliseconds(500))
        let usual = try #require(standard.traces)
        #expect(usual.compresses && usual.timeout == .seconds(10) && usual.headers.isEmpty && usual.trust == nil)
        let settings = try #require(
            try read([
                "OTEL_EXPORTER_OTLP_HEADERS": "authorization=Bearer%20x, x-a = 1", "OTEL_EXPORTER_OTLP_TIMEOUT": "250",
                "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf", "OTEL_EXPORTER_OTLP_COMPRESSION": "none",
                "OTEL_SERVICE_NAME": "shop", "FLASHSALE_TRACE_SLOW_MS": "90",
                "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=prod,service.name=no,team=a%2Cb",
            ]))
        let traces = try #require(settings.traces)
        #expect(
            traces.headers == [
                LabelPair(name: "authorization", value: "Bearer x"), LabelPair(name: "x-a", value: "1"),
            ])
        #expect(traces.timeout == .milliseconds(250) && settings.slow == .milliseconds(90) && !traces.compresses)
        let attributes = Dictionary(uniqueKeysWithValues: settings.resource.attributes.map { ($0.name, $0.value) })
        #expect(attributes["service.name"] == "shop" && attributes["team"] == "a,b")
        #expect(attributes["deployment.environment.name"] == "prod")
    }

    @Test(
        "Samplers have names",
        arguments: [
            ("always_on", nil, Sampler(root: .always, followsParent: false)),
            ("always_off", nil, Sampler(root: .never, followsParent: false)),
            ("traceidratio", "0.25", Sampler(root: .ratio(0.25), followsParent: false)),
            ("parentbased_always_on", nil, Sampler(root: .always, followsParent: true)),
            ("parentbased_traceidratio", "1", Sampler(root: .ratio(1), followsParent: true)),
            ("", "0", Sampler(root: .ratio(0), followsParent: true)),
            ("ParentBased_Always_Off", nil, Sampler(root: .never, followsParent: true)),
            ("parentbased_jaeger_remote", "endpoint=http://c", .standard),
            ("sometimes", "0.5", Sampler(root: .ratio(0.5), followsParent: true)),
        ])
    func samplers(name: String, argument: String?, sampler: Sampler) throws {
        let settings = try read(["OTEL_TRACES_SAMPLER": name, "OTEL_TRACES_SAMPLER_ARG": argument ?? ""])
        #expect(settings?.sampler == sampler)
    }

    @Test(
        "A value that is not understood is one warning, without what may be a secret, and changes nothing",
        arguments: [
            ("OTEL_TRACES_SAMPLER", "sometimes"), ("OTEL_TRACES_SAMPLER_ARG", "2"), ("OTEL_TRACES_SAMPLER_ARG", "x"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "-1"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "http/json"), ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "secret"), ("OTEL_EXPORTER_OTLP_HEADERS", "a=secret%0d"),
            ("OTEL_TRACES_EXPORTER", "jaeger"), ("OTEL_METRICS_EXPORTER", "prometheus,otlp"),
            ("OTEL_LOGS_EXPORTER", "otlp,x"), ("OTEL_METRIC_EXPORT_INTERVAL", "60s"),
            ("OTEL_METRIC_EXPORT_TIMEOUT", "0"), ("OTEL_SDK_DISABLED", "1"),
            ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "delta"),
            ("OTEL_EXPORTER_OTLP_LOGS_TIMEOUT", "x"), ("OTEL_RESOURCE_ATTRIBUTES", "team=secret,broken"),
            ("OTEL_BSP_SCHEDULE_DELAY", "0"), ("OTEL_BSP_EXPORT_TIMEOUT", "1m"), ("OTEL_BSP_MAX_QUEUE_SIZE", "0"),
            ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "2049"), ("OTEL_BLRP_MAX_QUEUE_SIZE", "1e3"),
        ])
    func ignored(name: String, value: String) throws {
        let asked = [
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_METRICS_EXPORTER": "otlp", "OTEL_LOGS_EXPORTER": "otlp",
        ]
        func shown(_ settings: ExportSettings?) throws -> String {
            let settings = try #require(settings)
            let attributes = settings.resource.attributes.filter { $0.name != "service.instance.id" }
            let signals = [settings.traces, settings.metrics, settings.logs]
            let times = [settings.metricInterval, settings.metricTimeout]
            return "\(signals) \(settings.sampler) \(times) \(settings.spans) \(settings.records) \(attributes)"
        }
        let usual = try ExportSettings.read(asked)
        #expect(usual.warnings.isEmpty)
        let (settings, warnings) = try ExportSettings.read(asked.merging([name: value]) { $1 })
        #expect(try shown(settings) == shown(usual.settings))
        #expect(warnings.count == 1 && warnings[0].contains(name) && warnings[0].hasSuffix(": it is ignored"))
        #expect(!warnings[0].contains("secret"))
    }

    @Test("Spans and log records are gathered as OpenTelemetry's variables say, no more than may wait")
    func batches() throws {
        let (settings, warnings) = try ExportSettings.read([
            "OTEL_TRACES_EXPORTER": "otlp", "OTEL_LOGS_EXPORTER": "otlp", "OTEL_BSP_SCHEDULE_DELAY": "200",
            "OTEL_BSP_EXPORT_TIMEOUT": "9000", "OTEL_BSP_MAX_QUEUE_SIZE": "4096",
            "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "1024", "OTEL_BLRP_MAX_QUEUE_SIZE": "100",
        ])
        #expect(warnings.isEmpty)
        let limits = BatchLimits(
            queueMax: 4_096, batchMax: 1_024, interval: .milliseconds(200), timeout: .seconds(9))
        #expect(settings?.spans == limits)
        #expect(settings?.records.queueMax == 100 && settings?.records.batchMax == 100)
        #expect(settings?.records.interval == .seconds(1))
    }

    @Test("Standard variables that are not read are named in one warning, unless they ask for what is done anyway")
    func unread() throws {
        let asked = [
            "OTEL_SPAN_LINK_COUNT_LIMIT": "9", "OTEL_PROPAGATORS": "b3,tracecontext", "OTEL_LOG_LEVEL": "",
            "OTEL_METRICS_EXEMPLAR_FILTER": "trace_based", "OTEL_JAVAAGENT_DEBUG": "true",
        ]
        let warnings = try ExportSettings.read(asked).warnings
        #expect(warnings == ["the service does not read OTEL_PROPAGATORS, OTEL_SPAN_LINK_COUNT_LIMIT"])
        #expect(try ExportSettings.read(["OTEL_PROPAGATORS": "tracecontext, baggage"]).warnings.isEmpty)
        #expect(try ExportSettings.read(asked.merging(["OTEL_SDK_DISABLED": "true"]) { $1 }).warnings.isEmpty)
    }

    @Test("The endpoint of a signal that is not understood counts as not set: the endpoint of all is not taken for it")
    func signalEndpoint() throws {
        let (settings, warnings) = try ExportSettings.read([
            "OTEL_METRICS_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "c",
        ])
        #expect(settings?.metrics?.endpoint.server.host == "localhost" && warnings.count == 1)
    }

    @Test("The service's own variable is strict")
    func strict() {
        let problems = #expect(throws: ExportSettings.Problems.self) { try read(["FLASHSALE_TRACE_SLOW_MS": "0"]) }
        #expect(problems?.sentences.count == 1 && problems?.description.contains("FLASHSALE_TRACE_SLOW_MS") == true)
    }
}
