// The counts of many sales at once.

import FlashSale
import FlashSaleTesting
import Testing

@Suite("The counts of the stock")
struct StockCountsTests {
    @Test("As many sales are counted at once as there can be shops")
    func many() async throws {
        let ledger = InMemorySaleLedger()
        let counts = StockCounts(gate: InMemorySaleGate(), catalog: ledger)
        var sales: [Sale] = []
        for number in 0..<300 {
            let start = ledger.clock.now + .seconds(number)
            let plan = SalePlan(
                startedAt: start, endedAt: start + .seconds(1), itemCount: 1, stockPerItem: number + 1,
                maxItemsPerBuyer: 1, hold: .seconds(1))
            guard case .created(let sale) = try await ledger.create(plan, fence: nil) else { throw CancellationError() }
            sales.append(sale)
            _ = try await counts.of(sale)
        }
        #expect(sales.allSatisfy { counts.last(of: $0.id)?.free == $0.unitCount })
    }
}
