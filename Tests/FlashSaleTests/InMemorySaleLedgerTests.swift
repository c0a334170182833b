// The ledger in memory keeps the rules of the seam, as the one in Postgres does.

import FlashSale
import FlashSaleTesting
import Testing

@Suite struct InMemorySaleLedgerTests {
    @Test("The ledger in memory keeps the rules of the seam", arguments: SaleLedgerConformance.all)
    func conforms(to rule: SaleLedgerConformance) async throws {
        try await rule.run(on: .inMemory())
    }
}
