// The gate without Redis, for tests of flows and routes. It behaves as RedisSaleGate does: both pass the conformance.

public import FlashSale
internal import Synchronization
internal import Telemetry

/// A gate in memory, with the faults that a test may want.
public final class InMemorySaleGate: SaleGate, GateUpkeep {
    /// How long a code stays locked if its lock is not released.
    private static let lockLifetime = Duration.seconds(5)

    private struct Load {
        let unitCount: Int
        /// The facts told since it began.
        var facts: [GateFact] = []
    }

    private struct State {
        var sales: [SaleID: LoadedSale] = [:]
        /// The loads in progress.
        var loads: [SaleID: Load] = [:]
        /// Sales that have missed a fact since their latest load.
        var missed: Set<SaleID> = []
        var locks: [CheckoutCode: (token: String, deadline: ContinuousClock.Instant)] = [:]
        var isAvailable = true
        var tokensGiven = 0

        mutating func unlock(_ lock: CodeLock) {
            if locks[lock.code]?.token == lock.token { locks[lock.code] = nil }
        }
    }

    private let state = Mutex(State())

    public init() {}

    /// Whether the gate can be reached. While it cannot, every call returns `unavailable`, false or nil.
    public var isAvailable: Bool {
        get { state.withLock { $0.isAvailable } }
        set { state.withLock { $0.isAvailable = newValue } }
    }

    /// Forgets everything, as FLUSHALL does.
    public func flush() {
        state.withLock { state in
            state.sales = [:]
            state.loads = [:]
            state.locks = [:]
        }
    }

    public func reserve(
        _ item: ItemID, for buyer: BuyerID, of sale: Sale, candidate: CheckoutCode
    ) async -> ReserveOutcome {
        guard sale.contains(item) else { return .refused(.itemNotInSale) }
        return state.withLock { state in
            guard state.isAvailable else { return .unavailable }
            guard var loaded = state.sales[sale.id], loaded.serves(sale) else { return .notLoaded }
            defer { state.sales[sale.id] = loaded }
            return loaded.reserve(item, for: buyer, of: sale, candidate: candidate)
        }
    }

    public func begin(_ code: CheckoutCode) async -> BeginOutcome {
        state.withLock { state in
            guard state.isAvailable else { return .unavailable }
            if let lock = state.locks[code], lock.deadline > .now { return .inProgress }
            state.tokensGiven += 1
            let lock = CodeLock(code: code, token: String(state.tokensGiven))
            state.locks[code] = (lock.token, .now + Self.lockLifetime)
            return .begun(lock)
        }
    }

    @discardableResult
    public func settle(
        _ facts: [GateFact], of sale: Sale, unlocking lock: CodeLock?, for waiter: GateWaiter
    ) async -> Bool {
        state.withLock { state in
            guard state.isAvailable else {
                if !facts.isEmpty { state.missed.insert(sale.id) }
                return false
            }
            if let lock { state.unlock(lock) }
            guard !facts.isEmpty else { return true }
            if state.loads[sale.id]?.unitCount == sale.unitCount {
                state.loads[sale.id]?.facts.append(contentsOf: facts)
            }
            guard var loaded = state.sales[sale.id], loaded.serves(sale) else { return false }
            for fact in facts { loaded.apply(fact, of: sale) }
            state.sales[sale.id] = loaded
            return true
        }
    }

    @discardableResult
    public func unlock(_ lock: CodeLock) async -> Bool {
        state.withLock { state in
            guard state.isAvailable else { return false }
            state.unlock(lock)
            return true
        }
    }

    /// Nothing is counted here, and a lock that is not released expires.
    public func forget(_ lock: CodeLock) {}

    public func load(
        _ sale: Sale, epoch: Int32, snapshot: @Sendable () async throws(LedgerFailure) -> StockSnapshot
    ) async throws(LedgerFailure) -> Bool {
        guard isAvailable else { return false }
        state.withLock { $0.loads[sale.id] = Load(unitCount: sale.unitCount) }
        let truth = try await snapshot()
        precondition(truth.unitCount == sale.unitCount, "a snapshot is of all the sale's units")
        return state.withLock { state in
            guard state.isAvailable, let load = state.loads.removeValue(forKey: sale.id) else { return false }
            if let loaded = state.sales[sale.id], loaded.epoch > epoch { return false }
            var loaded = LoadedSale(truth, epoch: epoch)
            for fact in load.facts { loaded.apply(fact, of: sale) }
            state.sales[sale.id] = loaded
            state.missed.remove(sale.id)
            return true
        }
    }

    @discardableResult
    public func tell(_ facts: [GateFact], of sale: Sale) async -> Bool {
        await settle(facts, of: sale, unlocking: nil, for: .nobody)
    }

    public func hasLost(_ sale: Sale) async -> Bool {
        state.withLock { state in
            guard !state.missed.contains(sale.id) else { return true }
            guard state.isAvailable else { return false }
            return state.sales[sale.id].map { !$0.serves(sale) } ?? true
        }
    }

    public func count(_ sale: Sale) async -> StockCount? {
        guard state.withLock({ !$0.missed.contains(sale.id) }) else { return nil }
        return await stock(of: sale)?.count
    }

    public func stock(of sale: Sale) async -> StockBits? { read(sale) { $0.stock } }

    public func units(_ ordinals: [Int], of sale: Sale) async -> [UnitState]? {
        read(sale) { loaded in ordinals.map(loaded.unit(at:)) }
    }

    private func read<Value: Sendable>(_ sale: Sale, _ body: @Sendable (LoadedSale) -> Value) -> Value? {
        state.withLock { state in
            guard state.isAvailable, let loaded = state.sales[sale.id], loaded.serves(sale) else { return nil }
            return body(loaded)
        }
    }
}
