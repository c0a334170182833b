// What the tests of a line share: a ledger in memory with a sale to come, and instances over it.

import FlashSale
import FlashSaleTesting
import Logging
import Synchronization
import Telemetry
import Testing

@testable import WaitingRoom

extension RoomTests {
    /// A ledger with a sale that starts in a minute, and instances over it.
    struct Scene {
        let ledger = InMemorySaleLedger()
        let board: SaleBoard
        let sale: Sale

        init() async throws {
            let now = ledger.clock.now
            let plan = SalePlan(
                startedAt: now + .seconds(60), endedAt: now + .seconds(3_600), itemCount: 20, stockPerItem: 1,
                maxItemsPerBuyer: 2, hold: .seconds(60), gather: .seconds(120))
            guard case .created(let sale) = try await ledger.create(plan, fence: nil) else { throw CancellationError() }
            self.sale = sale
            board = SaleBoard(catalog: ledger)
            try await board.refresh()
        }

        /// - Parameter line: nil for that of the ledger.
        func instance(_ number: UInt64, over line: (any QueueLedger)? = nil) -> RoomBook {
            let rooms = Atomic<UInt64>(0)
            return RoomBook(
                board: board, ledger: line ?? ledger, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                reporters: { number * 100 + rooms.add(1, ordering: .relaxed).newValue })
        }

        func change(_ act: SaleAct) async throws {
            let change = SaleChange(act, version: nil, actor: "ann", reason: "a test", key: nil)
            _ = try await ledger.change(sale.id, change)
            try await board.refresh()
        }

        func flow(_ book: RoomBook) -> RoomFlow {
            RoomFlow(book: book, board: board, instruments: Instruments().room)
        }

        func pass(_ duration: Duration) async throws {
            ledger.clock.advance(by: duration)
            try await board.refresh()
        }

        func knock(_ buyer: String, _ flow: RoomFlow, _ ticket: String? = nil) async throws -> QueueStanding {
            let buyer = try #require(BuyerID(buyer))
            guard case .success(let standing) = await flow.knock(buyer, at: sale.id, ticket: ticket) else {
                throw CancellationError()
            }
            return standing
        }
    }
}
