// The lines of waiting rooms in the ledger in memory.

public import FlashSale
internal import Synchronization
internal import Telemetry
public import WaitingRoom

extension InMemorySaleLedger: QueueLedger {
    public func state(of sale: SaleID) async throws(LedgerFailure) -> QueueState? {
        let now = clock.now
        return state.withLock { state in
            guard let book = state.books[sale], book.sale.gather != nil else { return nil }
            return state.lines[sale, default: SaleLine()].state(
                of: book.sale, stock: book.snapshot.count, at: now)
        }
    }

    public func report(_ report: QueueReport, of sale: SaleID) async throws(LedgerFailure) {
        state.withLock { $0.lines[sale, default: SaleLine()].report(report) }
    }

    public func ticketKeys() async throws(LedgerFailure) -> TicketKeys {
        TicketKeys([TicketKey(id: 1, secret: Array("the secret of the ledger in memory".utf8))])
    }

    public func publishDraw(of sale: SaleID, fence: FencingNumber) async throws(LedgerFailure) -> Bool {
        let now = clock.now
        return state.withLock { state in
            guard state.fences[.usher] == fence.value else { return false }
            guard let book = state.books[sale], now >= book.sale.startedAt + .milliseconds(500) else { return true }
            state.lines[sale, default: SaleLine()].publishDraw()
            return true
        }
    }

    public func call(
        _ step: UsherStep, from view: UsherView, of sale: SaleID, fence: FencingNumber
    ) async throws(LedgerFailure) -> Bool {
        let now = clock.now
        return state.withLock { state in
            guard state.fences[.usher] == fence.value, let book = state.books[sale] else { return false }
            return state.lines[sale, default: SaleLine()].call(step, from: view, of: book.sale, at: now)
        }
    }
}
