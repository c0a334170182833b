// Confirms a no before a buyer hears it. Refusals of the same kind share one read of the ledger, so that in a sold-out
// sale they cost it nothing.

import Synchronization
public import Telemetry

/// Reads of the ledger that confirm refusals, shared while they are fresh.
///
/// What time can undo is kept for at most ``Limits/confirmationAge``. A sold item and a sold-out sale, which only an
/// operator can undo, are kept for an epoch and a version of the sale, and asked again every ``Limits/lastingAge`` by
/// one caller for all. While the agenda is not fresh an operator may have done so: then they are as old as it may be.
public final class Confirmations: Sendable {
    /// How a final no stands.
    public enum Lasting: Equatable, Sendable {
        case unknown
        case stands(Reason)
        /// It was read a while ago: the caller asks again.
        case isDue
    }

    /// What a sale was when it was read. With another stock it has another epoch, and with other terms another version.
    private struct Generation: Equatable {
        let epoch: Int32
        let version: Int32

        init(of sale: Sale) {
            epoch = sale.epoch
            version = sale.version
        }

        /// Whether what was read then counts for the sale as it is known now.
        func covers(_ sale: Sale) -> Bool { sale.epoch <= epoch && sale.version <= version }
    }

    private struct Reading {
        var stock: Confirmation.Stock
        var generation: Generation
        var readAt: ContinuousClock.Instant
        /// Whether a caller has been told to ask again.
        var isAskedAgain = false

        /// How it stands, as a final no. It counts for the others while the first caller asks again; if that takes too
        /// long, it counts for nobody.
        mutating func lasting(
            as reason: Reason, in sale: Sale, at now: ContinuousClock.Instant, isAgendaFresh: () -> Bool
        ) -> Lasting {
            guard generation.covers(sale) else { return .unknown }
            let age = now - readAt
            if age <= Limits.agendaAge { return .stands(reason) }
            guard isAgendaFresh() else { return .isDue }
            if age <= Limits.lastingAge || isAskedAgain && age <= Limits.lastingAge * 2 { return .stands(reason) }
            isAskedAgain = true
            return .isDue
        }
    }

    private struct Keys {
        let generation: Generation
        /// Nil while they are being read, and if there are too many to keep.
        var used: UsedKeys?
    }

    private struct State {
        var items: [ItemID: Reading] = [:]
        var soldOut: [SaleID: Reading] = [:]
        /// The keys of the newest sales that are sold out.
        var keys: [SaleID: Keys] = [:]
        /// The callers that wait for another caller's read of an item.
        var waiters: [ItemID: [CheckedContinuation<Confirmation.Stock?, Never>]] = [:]
    }

    /// The most items whose reading is kept.
    private static let itemsMax = 100_000
    /// The most idempotency keys of a sale that are kept, a few megabytes, and of how many sales.
    private static let keysMax = 250_000
    private static let salesWithKeysMax = 8

    private let state = Mutex(State())
    private let ledger: any SaleLedger
    /// Whether what this instance knows of the sales is fresh.
    private let isAgendaFresh: @Sendable () -> Bool
    private let clock: @Sendable () -> ContinuousClock.Instant

    public init(
        ledger: any SaleLedger,
        clock: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now },
        isAgendaFresh: @escaping @Sendable () -> Bool
    ) {
        self.ledger = ledger
        self.isAgendaFresh = isAgendaFresh
        self.clock = clock
    }

    /// The final no for an item of a sale.
    public func lasting(for item: ItemID, in sale: Sale) -> Lasting {
        let now = clock()
        return state.withLock { state in
            // Nearly always neither is known, and looking is cheaper than a mutation of nothing.
            if state.soldOut[sale.id] != nil {
                let all = state.soldOut[sale.id]?.lasting(
                    as: .allItemsSold, in: sale, at: now, isAgendaFresh: isAgendaFresh)
                if let all, all != .unknown { return all }
            }
            guard state.items[item]?.stock == .itemSold else { return .unknown }
            return state.items[item]?.lasting(as: .itemSold, in: sale, at: now, isAgendaFresh: isAgendaFresh)
                ?? .unknown
        }
    }

    /// Whether the ledger may have an outcome under the buyer's key. Without a key it has none.
    ///
    /// A sale that is sold out gets no new keys. So its keys are read once for all, and then a key that the ledger does
    /// not know costs it nothing.
    public func mayKnow(_ key: IdempotencyKey?, of buyer: BuyerID, in sale: Sale) -> Bool {
        guard let key else { return false }
        let (keys, mustRead) = state.withLock { state -> (Keys?, Bool) in
            guard let soldOut = state.soldOut[sale.id], soldOut.generation.covers(sale) else { return (nil, false) }
            if let keys = state.keys[sale.id], keys.generation.covers(sale) { return (keys, false) }
            if state.keys.count >= Self.salesWithKeysMax, state.keys[sale.id] == nil {
                guard let oldest = state.keys.keys.min(), oldest < sale.id else { return (nil, false) }
                state.keys[oldest] = nil
            }
            state.keys[sale.id] = Keys(generation: Generation(of: sale))
            return (nil, true)
        }
        // Not in the caller's task: others need the keys after the caller has left.
        if mustRead { Task.detached { await self.readKeys(of: sale) } }
        guard let used = keys?.used else { return true }
        return used.mayContain(key, of: buyer)
    }

    private func readKeys(of sale: Sale) async {
        var keys: Keys? = Keys(generation: Generation(of: sale))
        do throws(LedgerFailure) {
            keys?.used = try await ledger.usedKeys(of: sale.id, atMost: Self.keysMax)
        } catch {
            // The next request with a key reads them again.
            keys = nil
        }
        state.withLock { state in
            guard state.keys[sale.id]?.generation == Generation(of: sale) else { return }
            state.keys[sale.id] = keys
        }
    }

    /// The state of a buyer and an item now. Never shared, because it is the buyer's own.
    public func of(
        _ item: ItemID, in sale: Sale, for buyer: BuyerID, deadline: Deadline
    ) async throws(LedgerFailure) -> Confirmation {
        try await read(item, in: sale, for: buyer, deadline: deadline) { $0.holding != nil || $0.taken >= $0.limit }
    }

    /// The stock of an item, from a read that is not older than ``Limits/confirmationAge``.
    public func stock(
        of item: ItemID, in sale: Sale, for buyer: BuyerID, deadline: Deadline
    ) async throws(LedgerFailure) -> Confirmation.Stock {
        if let known = known(item, in: sale) { return known }
        let isFirst = state.withLock { state in
            if state.waiters[item] != nil { return false }
            state.waiters[item] = []
            return true
        }
        // A shared reading counts only while it is fresh: the read may have taken long.
        if !isFirst, let shared = await wait(for: item), shared == .free || known(item, in: sale) != nil {
            return shared
        }
        // The first caller reads. So does one whose first caller failed, was too slow, or ended before the wait began.
        do throws(LedgerFailure) {
            let stock = try await read(item, in: sale, for: buyer, deadline: deadline) { confirmation in
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
        _ item: ItemID, in sale: Sale, for buyer: BuyerID, deadline: Deadline,
        refusesForNow: (Confirmation) -> Bool
    ) async throws(LedgerFailure) -> Confirmation {
        while true {
            let sentAt = clock()
            let confirmation = try await ledger.confirm(item, for: buyer, deadline: deadline)
            keep(Reading(stock: confirmation.stock, generation: Generation(of: sale), readAt: sentAt), of: item)
            let now = clock()
            if now - sentAt <= Limits.confirmationAge || !refusesForNow(confirmation) { return confirmation }
            guard now < deadline else { throw LedgerFailure(.timeout, underlying: SlowConfirmation()) }
        }
    }

    private func known(_ item: ItemID, in sale: Sale) -> Confirmation.Stock? {
        let now = clock()
        return state.withLock { state in
            for reading in [state.soldOut[sale.id], state.items[item]] {
                guard let reading, reading.generation.covers(sale) else { continue }
                let age = now - reading.readAt
                switch reading.stock {
                case .allItemsSold, .itemSold:
                    if age <= (isAgendaFresh() ? Limits.lastingAge : Limits.agendaAge) { return reading.stock }
                case .held: if age <= Limits.confirmationAge { return reading.stock }
                // A free item is news for the gate, not a refusal to share.
                case .free: break
                }
            }
            return nil
        }
    }

    private func keep(_ reading: Reading, of item: ItemID) {
        state.withLock { state in
            state.soldOut[item.sale] = reading.stock == .allItemsSold ? reading : nil
            if reading.stock != .allItemsSold, state.keys[item.sale] != nil { state.keys[item.sale] = nil }
            if state.items.count >= Self.itemsMax { state.items.removeAll(keepingCapacity: true) }
            state.items[item] = reading
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
