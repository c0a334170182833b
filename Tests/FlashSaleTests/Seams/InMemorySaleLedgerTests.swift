// The ledger in memory keeps the rules of both halves of the seam, as the ledger in Postgres does.

import FlashSale
import FlashSaleTesting
import Testing

@Suite struct InMemorySaleLedgerTests {
    @Test("The ledger in memory keeps the rules of the buyers' half", arguments: SaleLedgerConformance.all)
    func buyersHalf(rule: LedgerRule) async throws {
        try await rule.run(on: .inMemory())
    }

    @Test("The lines in memory keep the rules of the waiting room", arguments: QueueLedgerConformance.all)
    func lines(rule: LedgerRule) async throws {
        try await rule.run(on: .inMemory())
    }

    @Test("The ledger in memory keeps the rules of the duties' half", arguments: LedgerUpkeepConformance.all)
    func dutiesHalf(rule: LedgerRule) async throws {
        try await rule.run(on: .inMemory())
    }
}
