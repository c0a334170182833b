// A ledger that fails where a test wants it to, over the one in memory.

import FlashSale
import FlashSaleTesting
import Synchronization
import Telemetry

/// The ledger in memory with its writes cut off before or after they have happened.
final class UnreliableLedger: SaleLedger {
    /// Where a write is cut off.
    enum Fault: Sendable {
        /// Nothing happens.
        case before(Reason)
        /// The write stands, and nobody is told.
        case after(Reason)
    }

    private struct State {
        var fault: Fault?
        var beforeWrite: (@Sendable () -> Void)?
        var confirmations = 0
        var requests: [CheckoutRequest] = []
    }

    let inner: InMemorySaleLedger
    private let state = Mutex(State())

    init(_ inner: InMemorySaleLedger) {
        self.inner = inner
    }

    /// What becomes of writes from now on; nil for no fault.
    func fail(_ fault: Fault?) { state.withLock { $0.fault = fault } }

    /// What is looked at just before a write is made.
    func beforeWrite(_ action: @escaping @Sendable () -> Void) { state.withLock { $0.beforeWrite = action } }

    /// How many confirmations were read.
    var confirmations: Int { state.withLock { $0.confirmations } }

    /// The checkouts that were asked for.
    var requests: [CheckoutRequest] { state.withLock { $0.requests } }

    private func write<Answer>(
        _ body: () async throws(LedgerFailure) -> Answer
    ) async throws(LedgerFailure) -> Answer {
        let (fault, action) = state.withLock { ($0.fault, $0.beforeWrite) }
        action?()
        if case .before(let reason) = fault { throw LedgerFailure(reason, underlying: CutOff()) }
        let answer = try await body()
        if case .after(let reason) = fault { throw LedgerFailure(reason, underlying: CutOff()) }
        return answer
    }

    func record(_ checkout: CheckoutRequest, deadline: Deadline) async throws(LedgerFailure) -> CheckoutAnswer {
        state.withLock { $0.requests.append(checkout) }
        return try await write { () throws(LedgerFailure) in try await inner.record(checkout, deadline: deadline) }
    }

    func order(_ purchase: PurchaseRequest, deadline: Deadline) async throws(LedgerFailure) -> PurchaseAnswer {
        try await write { () throws(LedgerFailure) in try await inner.order(purchase, deadline: deadline) }
    }

    func release(
        _ code: CheckoutCode, item: ItemID?, deadline: Deadline
    ) async throws(LedgerFailure) -> CancelAnswer {
        try await write { () throws(LedgerFailure) in
            try await inner.release(code, item: item, deadline: deadline)
        }
    }

    func expire(
        _ sale: SaleID, atMost limit: Int, fence: FencingNumber
    ) async throws(LedgerFailure) -> ExpiryAnswer {
        try await write { () throws(LedgerFailure) in try await inner.expire(sale, atMost: limit, fence: fence) }
    }

    func confirm(
        _ item: ItemID, for buyer: BuyerID, deadline: Deadline
    ) async throws(LedgerFailure) -> FlashSale.Confirmation {
        state.withLock { $0.confirmations += 1 }
        return try await inner.confirm(item, for: buyer, deadline: deadline)
    }

    func find(_ code: CheckoutCode, deadline: Deadline) async throws(LedgerFailure) -> Order? {
        try await inner.find(code, deadline: deadline)
    }

    func raiseEpoch(of sale: SaleID, _ raise: EpochRaise) async throws(LedgerFailure) -> Int32? {
        try await inner.raiseEpoch(of: sale, raise)
    }

    func snapshot(of sale: Sale) async throws(LedgerFailure) -> StockSnapshot {
        try await inner.snapshot(of: sale)
    }

    func snapshot(of sale: Sale, items: ClosedRange<Int32>) async throws(LedgerFailure) -> StockSnapshot {
        try await inner.snapshot(of: sale, items: items)
    }
}

/// Why a write was not answered.
private struct CutOff: Error {}
