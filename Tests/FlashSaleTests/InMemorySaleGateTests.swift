// The gate in memory keeps the rules of the seam, as the one in Redis does.

import FlashSaleTesting
import Testing

@Suite struct InMemorySaleGateTests {
    @Test("The gate in memory keeps the rules of the seam", arguments: SaleGateConformance.all)
    func conforms(to rule: SaleGateConformance) async throws {
        try await rule.run(on: InMemorySaleGate())
    }
}
