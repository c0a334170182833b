// The ledger without Postgres, for tests of flows and routes. It behaves as PostgresSaleLedger does: both pass the
// conformance. It is slow and plain on purpose.

public import FlashSale
internal import Synchronization
public import Telemetry

/// A ledger and its catalog in memory, with a clock that the test moves.
public final class InMemorySaleLedger: SaleLedger, LedgerUpkeep {
    struct State {
        var books: [SaleID: SaleBook] = [:]
        var lines: [SaleID: SaleLine] = [:]
        var fences: [Duty: Int64] = [:]
        var rebuildFences: [SaleID: Int64] = [:]
        var ordersMade: Int64 = 0
        var salesMade: Int32 = 0
        var moved: [ShopID: ShopPlacement] = [:]
    }

    let state = Mutex(State())
    public let clock: ManualClock
    /// Which pod it is. Its sales have the numbers of that pod.
    let pod: PodID

    public init(clock: ManualClock = ManualClock(), pod: PodID = .home) {
        self.clock = clock
        self.pod = pod
        state.withLock { $0.salesMade = Int32(pod.number) << 24 }
    }

    /// A fence higher than any before it for the duty. From now on writes with an older one change nothing.
    public func nextFence(_ duty: Duty) -> FencingNumber {
        state.withLock { state in
            state.fences[duty, default: 0] += 1
            return FencingNumber(state.fences[duty, default: 0])
        }
    }

    /// The same for the rebuild of a sale's gate.
    public func nextRebuildFence(of sale: SaleID) -> FencingNumber {
        state.withLock { state in
            state.rebuildFences[sale, default: 0] += 1
            return FencingNumber(state.rebuildFences[sale, default: 0])
        }
    }

    public func record(
        _ checkout: CheckoutRequest, deadline: Deadline
    ) async throws(LedgerFailure) -> RecordOutcome {
        let now = clock.now
        return try state.withLock { state throws(LedgerFailure) in
            try state.books[checkout.item.sale]?.record(checkout, at: now) ?? .saleNotActive
        }
    }

    public func order(
        _ purchase: PurchaseRequest, deadline: Deadline
    ) async throws(LedgerFailure) -> OrderOutcome {
        let now = clock.now
        return state.withLock { state in
            state.ordersMade += 1
            let id = OrderID(sale: purchase.code.sale, number: state.ordersMade)
            return state.books[purchase.code.sale]?.order(purchase, id: id, at: now) ?? .notFound
        }
    }

    public func release(
        _ code: CheckoutCode, item: ItemID?, by buyer: BuyerID?, in lane: Lane?, deadline: Deadline
    ) async throws(LedgerFailure) -> ReleaseOutcome {
        if let item, item.sale != code.sale { return .itemNotFound }
        let now = clock.now
        return state.withLock { $0.books[code.sale]?.release(code, item: item, by: buyer, at: now) ?? .notFound }
    }

    public func expire(
        _ sale: SaleID, in lane: Lane?, atMost limit: Int, fence: FencingNumber
    ) async throws(LedgerFailure) -> ExpireOutcome {
        let now = clock.now
        return state.withLock { state in
            guard state.fences[.sweeper] == fence.value else { return .stale }
            return state.books[sale]?.expire(atMost: limit, at: now) ?? .swept([], isBehind: false)
        }
    }

    public func confirm(
        _ item: ItemID, for buyer: BuyerID, deadline: Deadline
    ) async throws(LedgerFailure) -> Confirmation {
        let now = clock.now
        return try state.withLock { state throws(LedgerFailure) in
            guard let book = state.books[item.sale] else { throw LedgerFailure(.timeout, underlying: UnknownSale()) }
            return book.confirm(item, for: buyer, at: now)
        }
    }

    public func usedKeys(of sale: SaleID, atMost limit: Int) async throws(LedgerFailure) -> UsedKeys? {
        state.withLock { $0.books[sale]?.usedKeys(atMost: limit) }
    }

    public func find(_ code: CheckoutCode, deadline: Deadline) async throws(LedgerFailure) -> Order? {
        state.withLock { $0.books[code.sale]?.orders[code]?.order }
    }

    public func raiseEpoch(of sale: SaleID, _ raise: EpochRaise) async throws(LedgerFailure) -> Int32? {
        let now = clock.now
        return state.withLock { state in
            guard state.rebuildFences[sale] == raise.fence.value else { return nil }
            return state.books[sale]?.raiseEpoch(from: raise.seen, at: now)
        }
    }

    public func snapshot(of sale: Sale) async throws(LedgerFailure) -> StockSnapshot {
        try book(of: sale.id) { book in
            var snapshot = book.snapshot
            for entry in book.entries where entry.end == .purchased {
                snapshot.bought[entry.hold.buyer, default: 0] += 1
            }
            return snapshot
        }
    }

    public func stock(of sale: Sale, units: Range<Int>) async throws(LedgerFailure) -> StockBits {
        try book(of: sale.id) { $0.stock(of: units) }
    }

    public func units(_ ordinals: [Int], of sale: Sale) async throws(LedgerFailure) -> [UnitState] {
        try book(of: sale.id) { book in
            ordinals.map { ordinal in
                guard let entry = book.taking(sale.unit(at: ordinal)) else { return .free }
                return entry.end == nil ? .held(entry.hold, reservedFor: nil) : .sold(entry.hold)
            }
        }
    }

    public func changes(
        of sale: Sale, after page: ChangePage?, fence: FencingNumber
    ) async throws(LedgerFailure) -> ChangesOutcome {
        state.withLock { state in
            guard state.fences[.driftCheck] == fence.value else { return .stale }
            guard let page else {
                for id in state.books.keys { state.books[id]?.forgetChanges(through: .max) }
                return .read(ChangePage([], end: 0, isFull: false))
            }
            state.books[sale.id]?.forgetChanges(through: page.end)
            return .read(state.books[sale.id]?.changes(after: page) ?? page)
        }
    }

    public func retire(
        _ policy: RetentionPolicy, atMost limit: Int, fence: FencingNumber
    ) async throws(LedgerFailure) -> RetireOutcome {
        let now = clock.now
        return state.withLock { $0.retire(policy, fence: fence, at: now) }
    }

    func book<Value: Sendable>(
        of sale: SaleID, _ read: @Sendable (SaleBook) -> Value
    ) throws(LedgerFailure) -> Value {
        guard let value = state.withLock({ $0.books[sale].map(read) }) else {
            throw LedgerFailure(.database, underlying: UnknownSale())
        }
        return value
    }
}

/// Why the ledger in memory failed.
struct UnknownSale: Error {}
