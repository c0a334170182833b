// The environment of the exporter, variable by variable.

import Telemetry
import Testing

@testable import TelemetryExport

@Suite("Settings of the export")
struct ExportSettingsTests {
    private func read(_ more: [String: String]) throws -> ExportSettings? {
        try ExportSettings.read(["OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector"].merging(more) { $1 })
    }

    @Test("Without an endpoint there is no tracing", arguments: [[:], ["OTEL_EXPORTER_OTLP_ENDPOINT": ""]])
    func off(environment: [String: String]) throws {
        #expect(try ExportSettings.read(environment) == nil)
        #expect(try read(["OTEL_SDK_DISABLED": "TRUE"]) == nil)
    }

    @Test(
        "An endpoint is a host, a port and a path",
        arguments: [
            ("http://collector", "collector", 4_318, "/v1/traces"), ("http://c:80/", "c", 80, "/v1/traces"),
            ("http://c:4318/base", "c", 4_318, "/base/v1/traces"), ("http://[::1]:9", "::1", 9, "/v1/traces"),
            ("http://[::1]", "::1", 4_318, "/v1/traces"),
        ])
    func endpoint(url: String, host: String, port: Int, path: String) throws {
        let endpoint = try #require(CollectorEndpoint(url: url))
        #expect(endpoint.host == host && endpoint.port == port && endpoint.path == path)
    }

    @Test(
        "What is no such endpoint is refused",
        arguments: [
            "https://c", "c:4318", "http://", "http://:1", "http://c:0", "http://c:x", "http://c:65536", "http://u@c",
            "http://c?x", "http://c/#x", "http://c/ä", "http://c d", "http://[::1",
        ])
    func badEndpoint(url: String) {
        #expect(CollectorEndpoint(url: url) == nil)
        #expect(throws: ExportSettings.Problems.self) {
            try ExportSettings.read(["OTEL_EXPORTER_OTLP_ENDPOINT": url])
        }
    }

    @Test("What is said is taken, what is not said has its default")
    func values() throws {
        let standard = try #require(try read([:]))
        #expect(standard.sampler == .standard && standard.slow == .milliseconds(500) && standard.compresses)
        #expect(standard.timeout == .seconds(10) && standard.headers.isEmpty)
        let settings = try #require(
            try read([
                "OTEL_EXPORTER_OTLP_HEADERS": "authorization=Bearer%20x, x-a = 1", "OTEL_EXPORTER_OTLP_TIMEOUT": "250",
                "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf", "OTEL_EXPORTER_OTLP_COMPRESSION": "none",
                "OTEL_SERVICE_NAME": "shop", "FLASHSALE_TRACE_SLOW_MS": "90",
                "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=prod,service.name=no,team=a%2Cb",
            ]))
        #expect(
            settings.headers == [
                LabelPair(name: "authorization", value: "Bearer x"), LabelPair(name: "x-a", value: "1"),
            ])
        #expect(settings.timeout == .milliseconds(250) && settings.slow == .milliseconds(90) && !settings.compresses)
        let attributes = Dictionary(uniqueKeysWithValues: settings.resource.attributes.map { ($0.name, $0.value) })
        #expect(attributes["service.name"] == "shop" && attributes["team"] == "a,b")
        #expect(attributes["deployment.environment.name"] == "prod")
    }

    @Test(
        "Samplers go by their names",
        arguments: [
            ("always_on", nil, Sampler(root: .always, followsParent: false)),
            ("always_off", nil, Sampler(root: .never, followsParent: false)),
            ("traceidratio", "0.25", Sampler(root: .ratio(0.25), followsParent: false)),
            ("parentbased_always_on", nil, Sampler(root: .always, followsParent: true)),
            ("parentbased_traceidratio", "1", Sampler(root: .ratio(1), followsParent: true)),
            ("", "0", Sampler(root: .ratio(0), followsParent: true)),
        ])
    func samplers(name: String, argument: String?, sampler: Sampler) throws {
        let settings = try read(["OTEL_TRACES_SAMPLER": name, "OTEL_TRACES_SAMPLER_ARG": argument ?? ""])
        #expect(settings?.sampler == sampler)
    }

    @Test(
        "What makes no sense is told in a sentence, and never by its value where that may be a secret",
        arguments: [
            ("OTEL_TRACES_SAMPLER", "sometimes"), ("OTEL_TRACES_SAMPLER_ARG", "2"), ("OTEL_TRACES_SAMPLER_ARG", "x"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "-1"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd"), ("OTEL_EXPORTER_OTLP_HEADERS", "secret"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "a=secret%0d"), ("FLASHSALE_TRACE_SLOW_MS", "0"),
        ])
    func problems(name: String, value: String) {
        let problems = #expect(throws: ExportSettings.Problems.self) { try read([name: value]) }
        #expect(problems?.description.contains(name) == true)
        #expect(problems?.description.contains("secret") == false)
    }
}
