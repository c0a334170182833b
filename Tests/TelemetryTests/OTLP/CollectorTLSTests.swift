// Collectors with TLS: which ones are trusted.

import Foundation
import Logging
import NIOCore
import NIOPosix
import TLSClient
import Testing

@testable import Telemetry
@testable import TelemetryExport

@Suite("A collector with TLS")
struct CollectorTLSTests {
    /// Exports one span to the environment's collector, and returns the instruments.
    private func export(_ environment: [String: String]) async throws -> Instruments {
        let instruments = Instruments()
        let settings = try #require(try ExportSettings.read(environment).settings)
        let export = CollectorExport(
            settings, instruments: instruments, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            pace: ManualPace().pace)
        let tracer = Tracer(
            sampler: Sampler(root: .always, followsParent: false), slow: .seconds(1), instruments: instruments.tracing
        ) { export.export($0) }
        tracer.begin(.request).finish()
        await export.spans?.drain()
        return instruments
    }

    @Test(
        "A collector that the named file trusts gets the spans if its certificate is for the URL's host",
        arguments: [
            (.forName, "localhost", true), (.forAddress, "127.0.0.1", true), (.forName, "127.0.0.1", false),
        ] as [(CollectorCertificate, String, Bool)])
    func named(certificate: CollectorCertificate, host: String, isTrusted: Bool) async throws {
        try await CollectorCertificate.withFiles(certificate) { file, _ in
            try await FaultySink.with(tls: certificate.server()) { sink, port in
                let instruments = try await export([
                    "OTEL_EXPORTER_OTLP_ENDPOINT": "https://\(host):\(port)", "OTEL_EXPORTER_OTLP_CERTIFICATE": file,
                ])
                #expect(sink.received.count == (isTrusted ? 1 : 0))
                #expect(instruments.tracing.spansExportedTotal.value == (isTrusted ? 1 : 0))
                #expect(instruments.tracing.spansDroppedTotal.value(.exportFailed) == (isTrusted ? 0 : 1))
            }
        }
    }

    @Test("A name with the dot of the root is the name of the certificate", arguments: ["localhost", "localhost."])
    func rootDot(host: String) async throws {
        try await CollectorCertificate.withFiles(.forName) { file, _ in
            try await FaultySink.with(tls: CollectorCertificate.forName.server()) { _, port in
                let policy = try TLSPolicy(authorities: file)
                let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    .connect(host: "127.0.0.1", port: port)
                    .flatMap { $0.secured(by: policy, with: host, within: .seconds(5)) }.get()
                try await channel.close().get()
            }
        }
    }

    @Test("A collector that this machine does not trust gets nothing")
    func unknown() async throws {
        try await FaultySink.with(tls: CollectorCertificate.forAddress.server()) { sink, port in
            let instruments = try await export(["OTEL_EXPORTER_OTLP_ENDPOINT": "https://127.0.0.1:\(port)"])
            #expect(sink.received.isEmpty && instruments.tracing.spansDroppedTotal.value(.exportFailed) == 1)
        }
    }

    @Test("A collector that asks for a certificate gets the service's", arguments: [true, false])
    func client(hasCertificate: Bool) async throws {
        try await CollectorCertificate.withFiles(.forAddress) { file, key in
            try await FaultySink.with(tls: CollectorCertificate.forAddress.server(asksClients: true)) { sink, port in
                var environment = [
                    "OTEL_EXPORTER_OTLP_ENDPOINT": "https://127.0.0.1:\(port)", "OTEL_EXPORTER_OTLP_CERTIFICATE": file,
                ]
                if hasCertificate {
                    environment["OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"] = file
                    environment["OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY"] = key
                }
                let instruments = try await export(environment)
                #expect(instruments.tracing.spansExportedTotal.value == (hasCertificate ? 1 : 0))
                #expect(sink.received.count == (hasCertificate ? 1 : 0))
            }
        }
    }

    @Test(
        "With unusable files nothing is exported, and a warning names the variable",
        arguments: [
            (["OTEL_EXPORTER_OTLP_CERTIFICATE": "/nowhere"], "OTEL_EXPORTER_OTLP_CERTIFICATE"),
            (["OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE": "/proc/self/stat"], "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE"),
            (["OTEL_EXPORTER_OTLP_CLIENT_KEY": "/nowhere"], "OTEL_EXPORTER_OTLP_CLIENT_KEY"),
        ])
    func files(more: [String: String], name: String) throws {
        let environment = ["OTEL_EXPORTER_OTLP_ENDPOINT": "https://c"].merging(more) { $1 }
        let (settings, warnings) = try ExportSettings.read(environment)
        #expect(settings == nil)
        #expect(warnings.count == 1 && warnings[0].contains(name) && warnings[0].hasSuffix("no traces are exported"))
        let plain = try ExportSettings.read(environment.merging(["OTEL_EXPORTER_OTLP_ENDPOINT": "http://c"]) { $1 })
        #expect(plain.settings?.traces != nil && plain.warnings.isEmpty)
    }
}
