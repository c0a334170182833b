// Compares the catalogue with its page: a name, type, help, label or bucket cannot change unseen.

import Foundation
import Telemetry
import Testing

@testable import TelemetryExport

@Suite("Catalogue")
struct CatalogueTests {
    let instruments = Instruments()
    let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("docs/METRICS.md")

    @Test("docs/METRICS.md agrees with the catalogue")
    func metricsPageIsCurrent() throws {
        let expected = metricsPage(of: instruments)
        if ProcessInfo.processInfo.environment["FLASHSALE_REGENERATE"] == "1" {
            try Data(expected.utf8).write(to: page)
        }
        #expect(try String(contentsOf: page, encoding: .utf8) == expected)
    }

    @Test("Every HELP and TYPE on the wire is a row of docs/METRICS.md, in its order")
    func headersAreOnThePage() throws {
        let rows = try String(contentsOf: page, encoding: .utf8).components(separatedBy: "## Labels")[0]
            .split(separator: "\n").filter { $0.hasPrefix("| `") }
            .map { $0.components(separatedBy: " | ") }
        let expected = rows.flatMap { row in
            let name = row[0].dropFirst(3).dropLast()
            return ["# HELP \(name) \(row[3])", "# TYPE \(name) \(row[1])"]
        }
        let text = String(decoding: MetricsExposition(instruments).render(), as: UTF8.self)
        #expect(text.split(separator: "\n").filter { $0.hasPrefix("#") }.map(String.init) == expected)
    }

    @Test("A name says its unit and its type")
    func names() {
        for definition in instruments.families.map(\.definition) {
            let name = definition.name
            let core = name.hasSuffix("_total") ? String(name.dropLast(6)) : name
            if definition.unit != .none { #expect(core.hasSuffix("_\(definition.unit.rawValue)"), "\(name)") }
            if definition.kind == .counter { #expect(name.hasSuffix("_total"), "\(name)") }
            #expect(definition.help.hasSuffix("."), "\(name)")
            #expect(definition.buckets == definition.buckets.sorted(), "\(name)")
        }
    }

    @Test("A build that does not sample the heap lacks the families that need samples")
    func heapSamples() {
        let names = { (instruments: Instruments) in Set(instruments.families.map(\.definition.name)) }
        let sampled: Set = ["process_heap_allocated_bytes_total", "process_heap_allocations_total"]
        #expect(names(instruments).subtracting(names(Instruments(samplesHeap: false))) == sampled)
        let service = TelemetryService()
        defer { service.shutdown() }
        #expect(names(service.instruments).isSuperset(of: sampled) == HeapSampling.isBuilt)
    }

    @Test("No family is declared twice")
    func uniqueness() {
        let names = instruments.families.map(\.definition.name)
        #expect(Set(names).count == names.count)
    }
}
