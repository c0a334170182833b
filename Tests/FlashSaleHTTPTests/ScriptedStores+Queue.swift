// The scripted stores' waiting room: a line that stands as the script says.

import FlashSale
import WaitingRoom

@testable import FlashSaleHTTP

extension ScriptedStores: QueueLedger {
    func state(of sale: SaleID) async throws(LedgerFailure) -> QueueState? {
        try failIfTold()
        return current.queue
    }

    func report(_ report: QueueReport, of sale: SaleID) async throws(LedgerFailure) {}

    func ticketKeys() async throws(LedgerFailure) -> TicketKeys { Script.ticketKeys }

    func publishDraw(of sale: SaleID, fence: FencingNumber) async throws(LedgerFailure) -> Bool { false }

    func call(
        _ step: UsherStep, from view: UsherView, of sale: SaleID, fence: FencingNumber
    ) async throws(LedgerFailure) -> Bool { false }
}

extension ScriptedStores.Script {
    static let ticketKeys = TicketKeys([TicketKey(id: 1, secret: Array("the secret of the scripted stores".utf8))])
    static let seed = DrawSeed(String(repeating: "0123456789abcdef", count: 4))!

    /// The sale, with a waiting room if there is a line.
    var sale: Sale {
        let sale = Self.sale
        guard queue != nil else { return sale }
        return Sale(
            id: sale.id, startedAt: sale.startedAt, endedAt: sale.endedAt, itemCount: sale.itemCount,
            stockPerItem: sale.stockPerItem, maxItemsPerBuyer: sale.maxItemsPerBuyer, hold: sale.hold,
            epoch: sale.epoch, gather: .seconds(600))
    }

    /// A line of a thousand drawn and fifty late, in which so many are called.
    static func line(called: Int32, free: Int = 100, held: Int = 10) -> QueueState {
        let cohorts = (0..<12).map { Cohort(index: $0, last: ($0 + 1) * 10, called: 10, shown: 8) }
        return QueueState(
            commit: seed.commit, draw: QueueState.Draw(seed: seed, ticketCount: 1_000), called: called,
            counts: QueueCounts(gathered: 1_000, late: 50, came: 90),
            stock: StockCount(free: free, held: held, sold: 500 - free - held), cohorts: cohorts,
            usher: UsherMemory(share: 0.8), readAt: time(0))
    }

    /// The ticket of a buyer that joined late.
    static func ticket(late ordinal: Int32, of buyer: BuyerID = buyer, sale: SaleID = sale.id) -> String {
        ticketKeys.sign(QueueTicket(sale: sale, place: .late(ordinal), joinedAt: time(-30)), for: buyer) ?? ""
    }
}
