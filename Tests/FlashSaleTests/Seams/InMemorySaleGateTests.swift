// The gate in memory keeps the rules of both halves of the seam, as the gate in Redis does.

import FlashSaleTesting
import Testing

@Suite struct InMemorySaleGateTests {
    @Test("The gate in memory keeps the rules of the buyers' half", arguments: SaleGateConformance.all)
    func conforms(to rule: SaleGateConformance) async throws {
        let gate = InMemorySaleGate()
        try await rule.run(on: gate, upkeep: gate)
    }

    @Test("The gate in memory keeps the rules of the duties' half", arguments: GateUpkeepConformance.all)
    func conforms(to rule: GateUpkeepConformance) async throws {
        try await rule.run(on: InMemorySaleGate())
    }
}
