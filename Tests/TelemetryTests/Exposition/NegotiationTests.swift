// The format and coding that a scraper gets for its `Accept` and `Accept-Encoding`.

import Foundation
import Testing
import Textbook

@testable import TelemetryExport

@Suite("Negotiation")
struct NegotiationTests {
    @Test(
        "A scraper gets the format that it prefers",
        arguments: [
            (nil, .text), ("", .text), ("*/*", .text), ("text/plain", .text), ("text/*", .text),
            ("text/plain;version=0.0.4;q=0.5", .text), ("application/json", .text), (";;,=,q=", .text),
            ("application/openmetrics-text", .openMetrics), ("application/*", .openMetrics),
            ("application/openmetrics-text; version=1.0.0; charset=utf-8", .openMetrics),
            ("APPLICATION/OpenMetrics-Text;Version=\"1.0.0\"", .openMetrics),
            ("application/openmetrics-text;version=2.0.0", .openMetrics),
            ("application/openmetrics-text;version=0.0.1", .openMetricsDraft),
            ("application/openmetrics-text;q=0", .text), ("application/openmetrics-text;q=0,*/*", .text),
            ("application/openmetrics-text;q=2, text/plain;q=0.1", .text),
            ("application/openmetrics-text;q=x", .text),
            ("application/openmetrics-text;q=0.4, text/plain;q=0.5", .text),
            ("text/plain;q=0.4, application/openmetrics-text;q=0.5", .openMetrics),
            ("text/plain;q=0, */*", .openMetrics), ("text/plain, application/openmetrics-text", .text),
            ("application/openmetrics-text, text/plain", .openMetrics),
            // Prometheus 2.42, then one that prefers protobuf, which the service does not have.
            (
                """
                application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
                text/plain;version=0.0.4;q=0.5,*/*;q=0.1
                """, .openMetrics
            ),
            (
                """
                application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,\
                application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5,*/*;q=0.1
                """, .openMetrics
            ),
            ("application/vnd.google.protobuf", .text),
        ] as [(String?, ExpositionFormat)])
    func format(accept: String?, format: ExpositionFormat) {
        #expect(ExpositionFormat(accept: accept) == format)
    }

    @Test(
        "A format is declared with its version",
        arguments: [
            (ExpositionFormat.text, "text/plain; version=0.0.4; charset=utf-8"),
            (.openMetrics, "application/openmetrics-text; version=1.0.0; charset=utf-8"),
            (.openMetricsDraft, "application/openmetrics-text; version=0.0.1; charset=utf-8"),
        ])
    func contentType(format: ExpositionFormat, text: String) {
        #expect(format.contentType == text)
    }

    @Test(
        "A scraper gets gzip only if it asks for it",
        arguments: [
            (nil, false), ("", false), ("identity", false), ("gzip", true), ("GZIP;q=1.0", true), ("x-gzip", true),
            ("br, gzip;q=0.5", true), ("gzip;q=0", false), ("*", true), ("*;q=0", false), ("gzip;q=0, *", false),
        ] as [(String?, Bool)])
    func coding(acceptEncoding: String?, isCompressed: Bool) {
        #expect(acceptsGzip(acceptEncoding) == isCompressed)
    }

    @Test("gzip reads the compressed bytes", arguments: [0, 1, 100, 1_000_000])
    func gzipReads(count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * $0 / 7) }
        #expect(try gunzip(gzip(bytes)) == bytes)
    }

    @Test("Noise does not need more room than zlib says")
    func noise() throws {
        var random = SplitMix64(seed: 7)
        let bytes = (0..<100_000).map { _ in UInt8.random(in: 0...255, using: &random) }
        #expect(try gunzip(gzip(bytes)) == bytes)
    }
}

/// Decompresses with Debian's own program.
func gunzip(_ bytes: [UInt8]) throws -> [UInt8] {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).gz")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(bytes).write(to: file)
    let tool = Process()
    tool.executableURL = URL(fileURLWithPath: "/bin/gzip")
    tool.arguments = ["-dc", file.path]
    let output = Pipe()
    tool.standardOutput = output
    try tool.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    tool.waitUntilExit()
    try #require(tool.terminationStatus == 0)
    return Array(data)
}
