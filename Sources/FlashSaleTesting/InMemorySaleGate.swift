// The gate without Redis, for tests of flows and routes. It answers as RedisSaleGate does: both pass the conformance.

public import FlashSale
internal import Synchronization
internal import Telemetry

/// A gate in memory, with the faults that a test may want.
public final class InMemorySaleGate: SaleGate {
    /// How long a code stays locked if nobody unlocks it.
    private static let lockLifetime = Duration.seconds(5)

    private struct State {
        var sales: [SaleID: LoadedSale] = [:]
        var locks: [CheckoutCode: (token: String, deadline: ContinuousClock.Instant)] = [:]
        var isAvailable = true
        var tokensGiven = 0
    }

    private let state = Mutex(State())

    public init() {}

    /// Whether the gate can be reached. While it cannot, every answer is `unavailable`, false or nil.
    public var isAvailable: Bool {
        get { state.withLock { $0.isAvailable } }
        set { state.withLock { $0.isAvailable = newValue } }
    }

    /// Forgets everything, as FLUSHALL does.
    public func flush() {
        state.withLock { state in
            state.sales = [:]
            state.locks = [:]
        }
    }

    public func reserve(
        _ item: ItemID, for buyer: BuyerID, of sale: Sale, candidate: CheckoutCode
    ) async -> ReserveAnswer {
        guard sale.contains(item) else { return .refused(.itemNotInSale) }
        return state.withLock { state in
            guard state.isAvailable else { return .unavailable }
            guard var loaded = state.sales[sale.id], loaded.epoch >= sale.epoch else { return .notLoaded }
            defer { state.sales[sale.id] = loaded }
            return loaded.reserve(item, for: buyer, of: sale, candidate: candidate)
        }
    }

    public func begin(_ code: CheckoutCode) async -> BeginAnswer {
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
    public func settle(_ facts: [GateFact], of sale: Sale, unlocking lock: CodeLock?) async -> Bool {
        state.withLock { state in
            guard state.isAvailable else { return false }
            if let lock, state.locks[lock.code]?.token == lock.token { state.locks[lock.code] = nil }
            guard !facts.isEmpty else { return true }
            guard var loaded = state.sales[sale.id], loaded.epoch >= sale.epoch else { return false }
            for fact in facts { loaded.apply(fact, of: sale) }
            state.sales[sale.id] = loaded
            return true
        }
    }

    public func load(_ snapshot: StockSnapshot, of sale: Sale) async -> Bool {
        precondition(snapshot.unitCount == sale.unitCount, "a snapshot is of all the sale's units")
        return state.withLock { state in
            guard state.isAvailable else { return false }
            if let loaded = state.sales[sale.id], loaded.epoch > snapshot.epoch { return false }
            state.sales[sale.id] = LoadedSale(snapshot)
            return true
        }
    }

    public func count(_ sale: Sale) async -> StockCount? {
        await snapshot(of: sale, items: 1...sale.itemCount)?.count
    }

    public func snapshot(of sale: Sale, items: ClosedRange<Int32>) async -> StockSnapshot? {
        precondition(items.lowerBound >= 1 && items.upperBound <= sale.itemCount, "a snapshot is of the sale's items")
        let first = sale.ordinal(of: Unit(item: items.lowerBound, number: 1))
        let last = sale.ordinal(of: Unit(item: items.upperBound, number: sale.stockPerItem))
        return state.withLock { state in
            guard state.isAvailable, let loaded = state.sales[sale.id], loaded.epoch >= sale.epoch else { return nil }
            return loaded.snapshot(of: first...last)
        }
    }
}

/// What the gate knows of one sale.
private struct LoadedSale {
    private struct Buyer {
        var code: CheckoutCode?
        var bought = 0
        var ordinals: Set<Int> = []
    }

    let epoch: Int32
    private var free: Set<Int>
    private var sold: Set<Int>
    private var held: [Int: Hold]
    private var buyers: [BuyerID: Buyer]

    init(_ snapshot: StockSnapshot) {
        epoch = snapshot.epoch
        free = Set((0..<snapshot.unitCount).filter(snapshot.isFree))
        sold = Set((0..<snapshot.unitCount).filter(snapshot.isSold))
        held = snapshot.held
        buyers = [:]
        for (buyer, bought) in snapshot.bought { buyers[buyer, default: Buyer()].bought = bought }
        for (ordinal, hold) in snapshot.held {
            buyers[hold.buyer, default: Buyer()].code = hold.code
            buyers[hold.buyer, default: Buyer()].ordinals.insert(ordinal)
        }
    }

    mutating func reserve(
        _ item: ItemID, for id: BuyerID, of sale: Sale, candidate: CheckoutCode
    ) -> ReserveAnswer {
        let first = sale.ordinal(of: Unit(item: item.number, number: 1))
        let units = first..<(first + Int(sale.stockPerItem))
        var buyer = buyers[id] ?? Buyer()
        if buyer.ordinals.contains(where: units.contains) { return .refused(.alreadyCheckedOut) }
        if buyer.bought + buyer.ordinals.count >= Int(sale.maxItemsPerBuyer) { return .refused(.userLimitExceeded) }
        guard let ordinal = units.first(where: free.contains) else {
            return .refused(units.allSatisfy(sold.contains) ? .itemSold : .itemHeld)
        }
        let code = buyer.code ?? candidate
        let unit = sale.unit(at: ordinal)
        free.remove(ordinal)
        held[ordinal] = Hold(unit: unit, code: code, buyer: id, expiresAt: Timestamp(microseconds: 0))
        buyer.code = code
        buyer.ordinals.insert(ordinal)
        buyers[id] = buyer
        return .reserved(unit, code)
    }

    mutating func apply(_ fact: GateFact, of sale: Sale) {
        switch fact {
        case .held(let hold):
            let ordinal = sale.ordinal(of: hold.unit)
            guard !sold.contains(ordinal) else { return }
            if let former = held[ordinal], former.buyer != hold.buyer { forget(ordinal, of: former.buyer) }
            free.remove(ordinal)
            held[ordinal] = hold
            buyers[hold.buyer, default: Buyer()].code = hold.code
            buyers[hold.buyer, default: Buyer()].ordinals.insert(ordinal)
        case .sold(let hold):
            if sell(sale.ordinal(of: hold.unit)) { buyers[hold.buyer, default: Buyer()].bought += 1 }
        case .gone(let unit):
            _ = sell(sale.ordinal(of: unit))
        case .released(let hold):
            let ordinal = sale.ordinal(of: hold.unit)
            guard let former = held[ordinal], former.code == hold.code else { return }
            held[ordinal] = nil
            forget(ordinal, of: former.buyer)
            if !sold.contains(ordinal) { free.insert(ordinal) }
        }
    }

    func snapshot(of ordinals: ClosedRange<Int>) -> StockSnapshot {
        var snapshot = StockSnapshot(epoch: epoch, unitCount: ordinals.count)
        for ordinal in ordinals {
            let place = ordinal - ordinals.lowerBound
            if sold.contains(ordinal) { snapshot.markSold(place) }
            if let hold = held[ordinal] { snapshot.markHeld(place, by: hold) }
        }
        return snapshot
    }

    /// Marks a unit sold, whoever held it. Returns whether it was not sold before.
    private mutating func sell(_ ordinal: Int) -> Bool {
        if let former = held.removeValue(forKey: ordinal) { forget(ordinal, of: former.buyer) }
        free.remove(ordinal)
        return sold.insert(ordinal).inserted
    }

    private mutating func forget(_ ordinal: Int, of id: BuyerID) {
        guard var buyer = buyers[id] else { return }
        buyer.ordinals.remove(ordinal)
        if buyer.ordinals.isEmpty { buyer.code = nil }
        buyers[id] = buyer.ordinals.isEmpty && buyer.bought == 0 ? nil : buyer
    }
}
