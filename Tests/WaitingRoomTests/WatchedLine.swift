// A line that counts who asks for it, makes them wait, and may say that all is sold.

import FlashSale
import FlashSaleTesting
import Synchronization
import WaitingRoom

/// The lines of a ledger, watched.
final class WatchedLine: QueueLedger {
    private let ledger: InMemorySaleLedger
    private let stock: StockCount?
    private let lost = Mutex<Int32>(0)
    private let counts = Mutex((comers: 0, keys: 0, calls: 0, isShut: false))

    /// - Parameter stock: nil for that of the ledger.
    init(_ ledger: InMemorySaleLedger, stock: StockCount? = nil) {
        self.ledger = ledger
        self.stock = stock
    }

    /// Somebody is about to ask for the line.
    func comes() { counts.withLock { $0.comers += 1 } }

    var comersCount: Int { counts.withLock { $0.comers } }

    /// How often the keys were read, and how often numbers were called.
    var keysCount: Int { counts.withLock { $0.keys } }
    var callsCount: Int { counts.withLock { $0.calls } }

    /// How many of the called a failover has lost.
    var lostCalls: Int32 {
        get { lost.withLock { $0 } }
        set { lost.withLock { $0 = newValue } }
    }

    /// Whether whoever reads the keys waits.
    var isShut: Bool {
        get { counts.withLock { $0.isShut } }
        set { counts.withLock { $0.isShut = newValue } }
    }

    func state(of sale: SaleID) async throws(LedgerFailure) -> QueueState? {
        var state = try await ledger.state(of: sale)
        if let stock { state?.stock = stock }
        state?.called -= lostCalls
        return state
    }

    func report(_ report: QueueReport, of sale: SaleID) async throws(LedgerFailure) {
        try await ledger.report(report, of: sale)
    }

    func ticketKeys() async throws(LedgerFailure) -> TicketKeys {
        counts.withLock { $0.keys += 1 }
        while isShut, !Task.isCancelled { await Task.yield() }
        return try await ledger.ticketKeys()
    }

    func publishDraw(of sale: SaleID, fence: FencingNumber) async throws(LedgerFailure) -> Bool {
        try await ledger.publishDraw(of: sale, fence: fence)
    }

    func call(
        _ step: UsherStep, from view: UsherView, of sale: SaleID, fence: FencingNumber
    ) async throws(LedgerFailure) -> Bool {
        counts.withLock { $0.calls += 1 }
        return try await ledger.call(step, from: view, of: sale, fence: fence)
    }
}
