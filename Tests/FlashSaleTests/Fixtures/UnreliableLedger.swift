// The ledger in memory, with failures that a test chooses.

import FlashSale
import FlashSaleTesting
import Synchronization
import Telemetry

/// The ledger in memory. Its writes fail before or after their effect.
final class UnreliableLedger: SaleLedger, LedgerUpkeep {
    /// How a write fails.
    enum Fault: Sendable {
        /// It has no effect.
        case before(Reason)
        /// A constraint refuses it.
        case byConstraint
        /// It has its effect, and the caller gets a failure.
        case after(Reason)
    }

    private struct State {
        var fault: Fault?
        var beforeWrite: (@Sendable () -> Void)?
        var beforeConfirmed: (@Sendable () async -> Void)?
        var recordsWithoutUnit = 0
        var holdsPerCall = Int.max
        var afterLook: (@Sendable () -> Void)?
        var confirmations = 0
        var requests: [CheckoutRequest] = []
    }

    let inner: InMemorySaleLedger
    private let state = Mutex(State())

    init(_ inner: InMemorySaleLedger) {
        self.inner = inner
    }

    /// How writes fail from now on; nil for not at all.
    func fail(_ fault: Fault?) { state.withLock { $0.fault = fault } }

    /// What happens before a write.
    func beforeWrite(_ action: @escaping @Sendable () -> Void) { state.withLock { $0.beforeWrite = action } }

    /// What happens after a confirmation is read and before it returns.
    func beforeConfirmed(_ action: @escaping @Sendable () async -> Void) {
        state.withLock { $0.beforeConfirmed = action }
    }

    /// The next checkouts find no free unit, whatever a confirmation says.
    func findNone(times count: Int) { state.withLock { $0.recordsWithoutUnit = count } }

    /// The most holds that an expiry looks at from now on, whatever its limit.
    func lookAt(atMost count: Int) { state.withLock { $0.holdsPerCall = count } }

    /// What happens after the state of some units is read and before it returns.
    func afterLook(_ action: @escaping @Sendable () -> Void) { state.withLock { $0.afterLook = action } }

    /// How many confirmations were read.
    var confirmations: Int { state.withLock { $0.confirmations } }

    /// The checkouts that were to be recorded.
    var requests: [CheckoutRequest] { state.withLock { $0.requests } }

    private func write<Value>(
        _ body: () async throws(LedgerFailure) -> Value
    ) async throws(LedgerFailure) -> Value {
        let (fault, action) = state.withLock { ($0.fault, $0.beforeWrite) }
        action?()
        if case .before(let reason) = fault { throw LedgerFailure(reason, underlying: CutOff()) }
        if case .byConstraint = fault {
            throw LedgerFailure(.database, isByConstraint: true, underlying: CutOff())
        }
        let value = try await body()
        if case .after(let reason) = fault { throw LedgerFailure(reason, underlying: CutOff()) }
        return value
    }

    func record(_ checkout: CheckoutRequest, deadline: Deadline) async throws(LedgerFailure) -> RecordOutcome {
        let findsNone = state.withLock { state in
            state.requests.append(checkout)
            guard state.recordsWithoutUnit > 0 else { return false }
            state.recordsWithoutUnit -= 1
            return true
        }
        if findsNone { return .noneFree }
        return try await write { () throws(LedgerFailure) in try await inner.record(checkout, deadline: deadline) }
    }

    func order(_ purchase: PurchaseRequest, deadline: Deadline) async throws(LedgerFailure) -> OrderOutcome {
        try await write { () throws(LedgerFailure) in try await inner.order(purchase, deadline: deadline) }
    }

    func release(
        _ code: CheckoutCode, item: ItemID?, by buyer: BuyerID?, in lane: Lane?, deadline: Deadline
    ) async throws(LedgerFailure) -> ReleaseOutcome {
        try await write { () throws(LedgerFailure) in
            try await inner.release(code, item: item, by: buyer, in: lane, deadline: deadline)
        }
    }

    func expire(
        _ sale: SaleID, in lane: Lane?, atMost limit: Int, fence: FencingNumber
    ) async throws(LedgerFailure) -> ExpireOutcome {
        let count = min(limit, state.withLock { $0.holdsPerCall })
        return try await write { () throws(LedgerFailure) in
            try await inner.expire(sale, in: lane, atMost: count, fence: fence)
        }
    }

    func confirm(
        _ item: ItemID, for buyer: BuyerID, deadline: Deadline
    ) async throws(LedgerFailure) -> FlashSale.Confirmation {
        let action = state.withLock { state in
            state.confirmations += 1
            return state.beforeConfirmed
        }
        let confirmation = try await inner.confirm(item, for: buyer, deadline: deadline)
        await action?()
        return confirmation
    }

    func find(_ code: CheckoutCode, deadline: Deadline) async throws(LedgerFailure) -> Order? {
        try await inner.find(code, deadline: deadline)
    }

    func usedKeys(of sale: SaleID, atMost limit: Int) async throws(LedgerFailure) -> UsedKeys? {
        try await inner.usedKeys(of: sale, atMost: limit)
    }

    func retire(
        _ policy: RetentionPolicy, atMost limit: Int, fence: FencingNumber
    ) async throws(LedgerFailure) -> RetireOutcome {
        try await inner.retire(policy, atMost: limit, fence: fence)
    }

    func raiseEpoch(of sale: SaleID, _ raise: EpochRaise) async throws(LedgerFailure) -> Int32? {
        try await inner.raiseEpoch(of: sale, raise)
    }

    func snapshot(of sale: Sale) async throws(LedgerFailure) -> StockSnapshot {
        try await inner.snapshot(of: sale)
    }

    func stock(of sale: Sale, units: Range<Int>) async throws(LedgerFailure) -> StockBits {
        try await inner.stock(of: sale, units: units)
    }

    func units(_ ordinals: [Int], of sale: Sale) async throws(LedgerFailure) -> [UnitState] {
        let states = try await inner.units(ordinals, of: sale)
        state.withLock { $0.afterLook }?()
        return states
    }

    func changes(
        of sale: Sale, after page: ChangePage?, fence: FencingNumber
    ) async throws(LedgerFailure) -> ChangesOutcome {
        try await inner.changes(of: sale, after: page, fence: fence)
    }
}

/// Why a write failed.
private struct CutOff: Error {}
