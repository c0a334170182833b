// The gate in memory, with outcomes and failures that a test chooses.

import FlashSale
import FlashSaleTesting
import Synchronization

/// The gate in memory with chosen outcomes, and a record of its calls.
final class UnreliableGate: SaleGate, GateUpkeep {
    private struct State {
        var reserveOutcome: ReserveOutcome?
        var beginOutcome: BeginOutcome?
        var isDeaf = false
        var facts: [GateFact] = []
        var waiters: [GateWaiter] = []
        var asked = 0
        var forgotten: [CodeLock] = []
        var beforeSettle: (@Sendable () async -> Void)?
        var beforeReserve: (@Sendable () async -> Void)?
    }

    let inner = InMemorySaleGate()
    private let state = Mutex(State())

    /// What `reserve` returns; nil for the outcome of the gate in memory.
    func setReserve(_ outcome: ReserveOutcome?) { state.withLock { $0.reserveOutcome = outcome } }

    /// What `begin` returns; nil for the outcome of the gate in memory.
    func setBegin(_ outcome: BeginOutcome?) { state.withLock { $0.beginOutcome = outcome } }

    /// Whether facts are lost on the way.
    var isDeaf: Bool {
        get { state.withLock { $0.isDeaf } }
        set { state.withLock { $0.isDeaf = newValue } }
    }

    /// What happens before facts are applied.
    func beforeSettle(_ action: @escaping @Sendable () async -> Void) { state.withLock { $0.beforeSettle = action } }

    /// What happens before `reserve` returns.
    func beforeReserve(_ action: @escaping @Sendable () async -> Void) { state.withLock { $0.beforeReserve = action } }

    /// All facts that the gate was told, lost ones included.
    var facts: [GateFact] { state.withLock { $0.facts } }

    /// Who waited at each call that told facts.
    var waiters: [GateWaiter] { state.withLock { $0.waiters } }

    /// How many of the buyers' steps asked the gate.
    var asked: Int { state.withLock { $0.asked } }

    /// The locks that were forgotten.
    var forgotten: [CodeLock] { state.withLock { $0.forgotten } }

    func reserve(
        _ item: ItemID, for buyer: BuyerID, of sale: Sale, candidate: CheckoutCode
    ) async -> ReserveOutcome {
        let (outcome, action) = state.withLock { state in
            state.asked += 1
            return (state.reserveOutcome, state.beforeReserve)
        }
        await action?()
        if let outcome { return outcome }
        return await inner.reserve(item, for: buyer, of: sale, candidate: candidate)
    }

    func begin(_ code: CheckoutCode) async -> BeginOutcome {
        let outcome = state.withLock { state in
            state.asked += 1
            return state.beginOutcome
        }
        if let outcome { return outcome }
        return await inner.begin(code)
    }

    func settle(
        _ facts: [GateFact], of sale: Sale, unlocking lock: CodeLock?, for waiter: GateWaiter
    ) async -> Bool {
        let (action, isDeaf) = state.withLock { state in
            state.facts += facts
            state.waiters.append(waiter)
            return (state.beforeSettle, state.isDeaf)
        }
        await action?()
        return isDeaf ? false : await inner.settle(facts, of: sale, unlocking: lock, for: waiter)
    }

    func tell(_ facts: [GateFact], of sale: Sale) async -> Bool {
        await settle(facts, of: sale, unlocking: nil, for: .nobody)
    }

    func unlock(_ lock: CodeLock) async -> Bool { await inner.unlock(lock) }

    func forget(_ lock: CodeLock) { state.withLock { $0.forgotten.append(lock) } }

    func load(
        _ sale: Sale, epoch: Int32, snapshot: @Sendable () async throws(LedgerFailure) -> StockSnapshot
    ) async throws(LedgerFailure) -> Bool {
        try await inner.load(sale, epoch: epoch, snapshot: snapshot)
    }

    func hasLost(_ sale: Sale) async -> Bool { await inner.hasLost(sale) }

    func count(_ sale: Sale) async -> StockCount? { await inner.count(sale) }

    func stock(of sale: Sale) async -> StockBits? { await inner.stock(of: sale) }

    func units(_ ordinals: [Int], of sale: Sale) async -> [UnitState]? { await inner.units(ordinals, of: sale) }
}
