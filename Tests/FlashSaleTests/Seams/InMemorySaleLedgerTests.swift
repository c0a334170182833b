// The ledger in memory keeps the rules of both halves of the seam, as the ledger in Postgres does.

import FlashSale
import FlashSaleTesting
import Testing

@Suite struct InMemorySaleLedgerTests {
    @Test("The ledger in memory keeps the rules of the buyers' half", arguments: SaleLedgerConformance.all)
    func conforms(to rule: SaleLedgerConformance) async throws {
        try await rule.run(on: .inMemory())
    }

    @Test("The ledger in memory keeps the rules of the duties' half", arguments: LedgerUpkeepConformance.all)
    func conforms(to rule: LedgerUpkeepConformance) async throws {
        try await rule.run(on: .inMemory())
    }
}
