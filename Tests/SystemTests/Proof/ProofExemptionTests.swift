// Other tests cover what the proof leaves out: each exemption names one, and it exists.

import Foundation
import Telemetry
import Testing

@Suite("An exemption of the proof")
struct ProofExemptionTests {
    @Test("Has a case of promtool's that fires", arguments: ProofAlert.exempt.keys.sorted())
    func alerts(name: String) throws {
        let directory = ProofStage.root.appendingPathComponent("prometheus/tests")
        let tests = try FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)
            .map { try String(contentsOf: $0, encoding: .utf8) }
        let labels = name.split(separator: " ")
        let alert = "alertname=\"\(labels[0])\"" + labels.dropFirst().map { ",long=\"\($0)\"" }.joined()
        #expect(tests.contains { $0.contains(alert) })
        #expect(ProofAlert.exempt[name]?.contains("promtool") == true)
    }

    @Test("Is a family of the catalogue, with a suite that exists", arguments: ProofFamily.exempt.keys.sorted())
    func families(name: String) throws {
        #expect(Instruments().families.contains { $0.definition.name == name })
        let suite = try #require(ProofFamily.exempt[name]?.split(separator: ": ").last)
        let tests = ProofStage.root.appendingPathComponent("Tests")
        let files = FileManager.default.enumerator(at: tests, includingPropertiesForKeys: nil)
        #expect(files?.contains { ($0 as? URL)?.lastPathComponent == "\(suite).swift" } == true)
    }
}
