// The text form of what the gate keeps in its two hashes and is told as facts. The scripts read and write the same form.

internal import FlashSale

/// A field of the `held` hash: who holds a unit.
struct HeldEntry: Hashable {
    let code: CheckoutCode
    /// 0 while the ledger has not confirmed the reservation.
    let expiresAt: Timestamp
    /// When the gate reserved the unit, by Redis's clock, in milliseconds.
    let reservedAt: Int64
    let buyer: BuyerID

    init(_ hold: Hold, reservedAt: Int64) {
        code = hold.code
        expiresAt = hold.expiresAt
        self.reservedAt = reservedAt
        buyer = hold.buyer
    }

    init?(_ text: String, sale: SaleID) {
        let parts = text.split(separator: " ")
        guard parts.count == 4, let code = CheckoutCode(sale: sale, digits: parts[0]), let expiry = Int64(parts[1]),
            let reservedAt = Int64(parts[2]), let buyer = BuyerID(String(parts[3]))
        else { return nil }
        self.code = code
        expiresAt = Timestamp(microseconds: expiry)
        self.reservedAt = reservedAt
        self.buyer = buyer
    }

    var text: String { "\(code.digits) \(expiresAt.microseconds) \(reservedAt) \(buyer)" }
}

/// A field of the `buyers` hash: a buyer's open cart, what he has bought and what he holds.
struct BuyerEntry: Hashable {
    var code: CheckoutCode?
    var bought: Int = 0
    var ordinals: [Int] = []

    init() {}

    init?(_ text: String, sale: SaleID) {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 3, let bought = Int(parts[1]) else { return nil }
        code = CheckoutCode(sale: sale, digits: parts[0])
        self.bought = bought
        ordinals = parts[2].split(separator: ",").compactMap { Int($0) }
    }

    var text: String {
        let list = ordinals.map(String.init).joined(separator: ",")
        return "\(code?.digits ?? "-") \(bought) \(list)"
    }
}

extension GateFact {
    /// The hold that the fact is about.
    var hold: Hold {
        switch self {
        case .held(let hold), .sold(let hold), .released(let hold): hold
        }
    }

    /// The fact as facts.lua reads it.
    func text(of sale: Sale) -> String {
        let kind =
            switch self {
            case .held: "held"
            case .sold: "sold"
            case .released: "released"
            }
        let ordinal = sale.ordinal(of: hold.unit)
        return "\(kind) \(ordinal) \(hold.code.digits) \(hold.expiresAt.microseconds) \(hold.buyer)"
    }
}
