// The lines of several shops: each is drawn and called by itself.

import FlashSale
import FlashSaleTesting
import Logging
import Telemetry
import Testing

@testable import WaitingRoom

@Suite("Lines of several shops")
struct RoomShopTests {
    @Test("A line is drawn when its own counts are in, and called though another shop's sale is paused")
    func usher() async throws {
        let ledger = InMemorySaleLedger()
        let now = ledger.clock.now
        var sales: [Sale] = []
        // The second starts when the first has been in reach for long.
        for (shop, start) in [(ShopID.main, 60), (ShopID("lego")!, 90)] {
            let plan = SalePlan(
                startedAt: now + .seconds(start), endedAt: now + .seconds(3_600), itemCount: 20, stockPerItem: 1,
                maxItemsPerBuyer: 2, hold: .seconds(60), gather: .seconds(120), shop: shop)
            guard case .created(let sale) = try await ledger.create(plan, fence: nil) else { throw CancellationError() }
            sales.append(sale)
        }
        let board = SaleBoard(catalog: ledger)
        try await board.refresh()
        let book = RoomBook(
            board: board, ledger: ledger, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            reporters: { 1 })
        let instruments = Instruments().room
        let flow = RoomFlow(book: book, board: board, instruments: instruments)
        for sale in sales {
            for number in 0..<30 {
                _ = await flow.knock(try #require(BuyerID("b\(number)")), at: sale.id, ticket: nil)
            }
        }
        try await book.turn()
        RoomFlow.setGauges(of: [flow])
        #expect(instruments.waitingRoomWaiting.value == 60)

        let (usher, fence) = (UsherDuty(board: board, ledger: ledger), ledger.nextFence(.usher))
        func pass(_ duration: Duration) async throws {
            ledger.clock.advance(by: duration)
            try await board.refresh()
            for sale in usher.sales() { #expect(try await usher.tick(sale, fence) == .done) }
        }
        func called() async throws -> [Int32] {
            var called: [Int32] = []
            for sale in sales { called.append(try await ledger.state(of: sale.id)?.called ?? -1) }
            return called
        }
        try await pass(.milliseconds(89_800))
        try await pass(.milliseconds(100))
        #expect(usher.sales().map(\.shop) == [.main])
        try await pass(.milliseconds(400))
        try await pass(.milliseconds(100))
        #expect(try await ledger.state(of: sales[0].id)?.draw != nil)
        #expect(try await ledger.state(of: sales[1].id)?.draw == nil, "its own half second is not over")
        let change = SaleChange(.pause(.holds), version: nil, actor: "ann", reason: "a test", key: nil)
        let before = try await called()[0]
        _ = try await ledger.change(sales[0].id, change)
        for _ in 0..<5 { try await pass(.milliseconds(250)) }
        #expect(try await called()[0] == before, "its sale is paused")
        #expect(try await called()[1] > 0)
    }
}
