// Confirms a no before a buyer hears it. Refusals of the same kind share one read of the ledger, so that in a sold-out
// sale they cost it nothing.

import Synchronization
public import Telemetry

/// Reads of the ledger that confirm refusals, shared while they are fresh.
///
/// What time can undo is kept for at most ``Limits/confirmationAge``. What it cannot, a sold item and a sold-out sale,
/// is kept for good: a sold unit is never free again.
public final class Confirmations: Sendable {
    private struct Reading {
        var stock: Confirmation.Stock
        var readAt: ContinuousClock.Instant
    }

    private struct State {
        var items: [ItemID: Reading] = [:]
        var soldOut: Set<SaleID> = []
        /// The callers that wait for another caller's read of an item.
        var waiters: [ItemID: [CheckedContinuation<Confirmation.Stock?, Never>]] = [:]
    }

    /// The most items whose reading is kept.
    private static let itemsMax = 100_000

    private let state = Mutex(State())
    private let ledger: any SaleLedger
    private let clock: @Sendable () -> ContinuousClock.Instant

    public init(
        ledger: any SaleLedger,
        clock: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
    ) {
        self.ledger = ledger
        self.clock = clock
    }

    /// The final no for an item; nil if none is known.
    public func lasting(for item: ItemID) -> Reason? {
        state.withLock { state in
            if state.soldOut.contains(item.sale) { return .allItemsSold }
            return state.items[item]?.stock == .itemSold ? .itemSold : nil
        }
    }

    /// The state of a buyer and an item now. Never shared, because it is the buyer's own.
    public func of(
        _ item: ItemID, for buyer: BuyerID, deadline: Deadline
    ) async throws(LedgerFailure) -> Confirmation {
        try await read(item, for: buyer, deadline: deadline) { $0.holding != nil || $0.taken >= $0.limit }
    }

    /// The stock of an item, from a read that is not older than ``Limits/confirmationAge``.
    public func stock(
        of item: ItemID, for buyer: BuyerID, deadline: Deadline
    ) async throws(LedgerFailure) -> Confirmation.Stock {
        if let known = known(item) { return known }
        let isFirst = state.withLock { state in
            if state.waiters[item] != nil { return false }
            state.waiters[item] = []
            return true
        }
        // A shared reading counts only while it is fresh: the read may have taken long.
        if !isFirst, let shared = await wait(for: item), shared == .free || known(item) != nil { return shared }
        // The first caller reads. So does one whose first caller failed, was too slow, or ended before the wait began.
        do throws(LedgerFailure) {
            let stock = try await read(item, for: buyer, deadline: deadline) { confirmation in
                if case .held = confirmation.stock { true } else { false }
            }.stock
            if isFirst { release(item, with: stock) }
            return stock
        } catch {
            if isFirst { release(item, with: nil) }
            throw error
        }
    }

    /// Reads from the ledger. A no that time can undo is read again if the read took longer than a reading may be old.
    /// Good news and a final no are never too old.
    private func read(
        _ item: ItemID, for buyer: BuyerID, deadline: Deadline, refusesForNow: (Confirmation) -> Bool
    ) async throws(LedgerFailure) -> Confirmation {
        while true {
            let sentAt = clock()
            let confirmation = try await ledger.confirm(item, for: buyer, deadline: deadline)
            keep(confirmation.stock, of: item, readAt: sentAt)
            let now = clock()
            if now - sentAt <= Limits.confirmationAge || !refusesForNow(confirmation) { return confirmation }
            guard now < deadline else { throw LedgerFailure(.timeout, underlying: SlowConfirmation()) }
        }
    }

    private func known(_ item: ItemID) -> Confirmation.Stock? {
        let now = clock()
        return state.withLock { state in
            if state.soldOut.contains(item.sale) { return .allItemsSold }
            guard let reading = state.items[item] else { return nil }
            if reading.stock == .itemSold { return .itemSold }
            // A free item is news for the gate, not a refusal to share.
            if reading.stock == .free || now - reading.readAt > Limits.confirmationAge { return nil }
            return reading.stock
        }
    }

    private func keep(_ stock: Confirmation.Stock, of item: ItemID, readAt: ContinuousClock.Instant) {
        state.withLock { state in
            if stock == .allItemsSold { state.soldOut.insert(item.sale) }
            if state.items.count >= Self.itemsMax { state.items.removeAll(keepingCapacity: true) }
            state.items[item] = Reading(stock: stock, readAt: readAt)
        }
    }

    private func wait(for item: ItemID) async -> Confirmation.Stock? {
        await withCheckedContinuation { continuation in
            let isWaiting = state.withLock { state in
                guard state.waiters[item] != nil else { return false }
                state.waiters[item]?.append(continuation)
                return true
            }
            if !isWaiting { continuation.resume(returning: nil) }
        }
    }

    private func release(_ item: ItemID, with stock: Confirmation.Stock?) {
        let waiters = state.withLock { $0.waiters.removeValue(forKey: item) ?? [] }
        for waiter in waiters { waiter.resume(returning: stock) }
    }
}

/// Why a no was not confirmed.
private struct SlowConfirmation: Error, CustomStringConvertible {
    var description: String { "every read of the ledger took longer than a confirmation may be old" }
}
