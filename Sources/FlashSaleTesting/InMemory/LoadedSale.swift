// What the gate in memory keeps of one sale.

internal import FlashSale
internal import Telemetry

/// One loaded sale, and what each call changes of it.
struct LoadedSale {
    private struct Buyer {
        var code: CheckoutCode?
        var bought = 0
        var ordinals: Set<Int> = []
    }

    /// The end of a hold that the ledger has not confirmed yet.
    private static let unconfirmed = Timestamp(microseconds: 0)

    let epoch: Int32
    let unitCount: Int
    private var free: Set<Int>
    private var sold: Set<Int>
    private var held: [Int: Hold]
    private var buyers: [BuyerID: Buyer]

    init(_ snapshot: StockSnapshot, epoch: Int32) {
        self.epoch = epoch
        unitCount = snapshot.unitCount
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

    /// Whether it is the sale that the caller knows: under this epoch or a later one, with the same stock.
    func serves(_ sale: Sale) -> Bool { epoch >= sale.epoch && unitCount == sale.unitCount }

    mutating func reserve(
        _ item: ItemID, for id: BuyerID, of sale: Sale, candidate: CheckoutCode
    ) -> ReserveOutcome {
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
        held[ordinal] = Hold(unit: unit, code: code, buyer: id, expiresAt: Self.unconfirmed)
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
            let ordinal = sale.ordinal(of: hold.unit)
            if let former = held.removeValue(forKey: ordinal) { forget(ordinal, of: former.buyer) }
            free.remove(ordinal)
            if sold.insert(ordinal).inserted { buyers[hold.buyer, default: Buyer()].bought += 1 }
        case .released(let hold):
            let ordinal = sale.ordinal(of: hold.unit)
            guard let former = held[ordinal], former.code == hold.code else { return }
            held[ordinal] = nil
            forget(ordinal, of: former.buyer)
            if !sold.contains(ordinal) { free.insert(ordinal) }
        }
    }

    var stock: StockBits {
        var stock = StockBits(unitCount: unitCount)
        for ordinal in held.keys { stock.markHeld(ordinal) }
        for ordinal in sold { stock.markSold(ordinal) }
        return stock
    }

    func unit(at ordinal: Int) -> UnitState {
        if sold.contains(ordinal) { return .sold(nil) }
        guard let hold = held[ordinal] else { return .free }
        // This gate has no clock: it knows that a hold is unconfirmed, and not for how long.
        return .held(hold, reservedFor: hold.expiresAt == Self.unconfirmed ? .zero : nil)
    }

    private mutating func forget(_ ordinal: Int, of id: BuyerID) {
        guard var buyer = buyers[id] else { return }
        buyer.ordinals.remove(ordinal)
        if buyer.ordinals.isEmpty { buyer.code = nil }
        buyers[id] = buyer.ordinals.isEmpty && buyer.bought == 0 ? nil : buyer
    }
}
