// Checkouts where gate and ledger differ, over the stores in memory.

import FlashSale
import FlashSaleTesting
import Telemetry
import Testing

@Suite struct CheckoutFlowTests {
    @Test("A buyer whose purchase the gate has not heard of gets a fresh cart, and the gate hears of that one")
    func freshCart() async throws {
        let (ledger, gate) = (InMemorySaleLedger(), InMemorySaleGate())
        let now = try await ledger.agenda().readAt
        let plan = SalePlan(
            startedAt: now + .seconds(-60), endedAt: now + .seconds(3_600), itemCount: 2, stockPerItem: 1,
            maxItemsPerBuyer: 2, hold: .seconds(60))
        guard case .created(let sale) = try await ledger.create(plan, fence: nil) else {
            Issue.record("the sale could not be created")
            return
        }
        #expect(await gate.load(StockSnapshot(unitCount: sale.unitCount), of: sale))
        let board = SaleBoard(catalog: ledger)
        try await board.refresh()
        let flow = CheckoutFlow(
            board: board, gate: gate, ledger: ledger, confirmations: Confirmations(ledger: ledger), codes: CodeMint(),
            rebuild: { _ in }, instruments: Instruments().sale)
        let ann = try #require(BuyerID("ann"))
        func checkOut(_ item: Int32) async throws -> CheckoutCode {
            let outcome = await flow.checkout(
                ItemID(sale: sale.id, number: item), for: ann, key: nil, deadline: .now + .seconds(30))
            guard case .held(let cart, _, _) = outcome else { throw Refused(outcome: "\(outcome)") }
            return cart.code
        }
        let bought = try await checkOut(1)
        _ = try await ledger.order(PurchaseRequest(code: bought, key: nil), deadline: .now + .seconds(30))
        let next = try await checkOut(2)
        #expect(next != bought)
        #expect(await gate.snapshot(of: sale, items: 2...2)?.held[0]?.code == next)
    }

    private struct Refused: Error {
        let outcome: String
    }
}
