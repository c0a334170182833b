// Confirms a no before a buyer hears it. Refusals of the same kind share one read of the ledger, so that in a sold-out
// sale they cost it nothing.

import Synchronization
public import Telemetry

/// Reads of the ledger that confirm refusals, shared while they are fresh.
///
/// What time can undo is kept for at most ``Limits/confirmationAge``. What it cannot, sold items and a sold-out sale,
/// is kept for good: a sold unit is never free again.
public final class Confirmations: Sendable {
    private struct Verdict {
        var stock: Confirmation.Stock
        var readAt: ContinuousClock.Instant
    }

    private struct State {
        var items: [ItemID: Verdict] = [:]
        var soldOut: Set<SaleID> = []
        /// Readers of an item that wait for the one that asks.
        var waiters: [ItemID: [CheckedContinuation<Confirmation.Stock?, Never>]] = [:]
    }

    /// The most items whose verdict is kept.
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

    /// The no that an item can be refused with for good; nil if none is known.
    public func lasting(for item: ItemID) -> Reason? {
        state.withLock { state in
            if state.soldOut.contains(item.sale) { return .allItemsSold }
            return state.items[item]?.stock == .itemSold ? .itemSold : nil
        }
    }

    /// How it stands with a buyer and an item now. Never shared: it is the buyer's own.
    public func of(
        _ item: ItemID, for buyer: BuyerID, deadline: Deadline
    ) async throws(LedgerFailure) -> Confirmation {
        try await read(item, for: buyer, deadline: deadline) { $0.holding != nil || $0.taken >= $0.limit }
    }

    /// How it stands with an item, from a read that is not older than ``Limits/confirmationAge``.
    public func stock(
        of item: ItemID, for buyer: BuyerID, deadline: Deadline
    ) async throws(LedgerFailure) -> Confirmation.Stock {
        if let known = known(item) { return known }
        let isFirst = state.withLock { state in
            if state.waiters[item] != nil { return false }
            state.waiters[item] = []
            return true
        }
        // A shared answer counts only while it is fresh: the read may have taken long.
        if !isFirst, let shared = await wait(for: item), shared == .free || known(item) != nil { return shared }
        // The first to ask, or one whose forerunner failed, came late or came back before it could be waited for.
        do {
            let answer = try await read(item, for: buyer, deadline: deadline) { confirmation in
                if case .held = confirmation.stock { true } else { false }
            }.stock
            if isFirst { release(item, with: answer) }
            return answer
        } catch {
            if isFirst { release(item, with: nil) }
            throw error
        }
    }

    /// Reads from the ledger. What refuses for now is asked again as long as the reading took longer than it may be
    /// old; what is good news, or lasts for good, is never too old.
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
            guard let verdict = state.items[item] else { return nil }
            if verdict.stock == .itemSold { return .itemSold }
            // A free item is news to the gate, not a refusal to share.
            if verdict.stock == .free || now - verdict.readAt > Limits.confirmationAge { return nil }
            return verdict.stock
        }
    }

    private func keep(_ stock: Confirmation.Stock, of item: ItemID, readAt: ContinuousClock.Instant) {
        state.withLock { state in
            if stock == .allItemsSold { state.soldOut.insert(item.sale) }
            if state.items.count >= Self.itemsMax { state.items.removeAll(keepingCapacity: true) }
            state.items[item] = Verdict(stock: stock, readAt: readAt)
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
    var description: String { "every reading of the ledger took longer than a confirmation may be old" }
}
