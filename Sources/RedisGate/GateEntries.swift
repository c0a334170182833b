// The texts of the gate's two hashes and of the facts. The scripts read and write the same.

internal import FlashSale
internal import Textbook

/// A field of the `held` hash: a unit's code and buyer.
struct HeldEntry: Hashable {
    let code: CheckoutCode
    /// 0 while the ledger has not confirmed the reservation.
    let expiresAt: Timestamp
    /// When the unit was reserved, by Redis's clock; nil once the ledger has confirmed it.
    let reservedAt: Timestamp?
    let buyer: BuyerID

    init(_ hold: Hold) {
        code = hold.code
        expiresAt = hold.expiresAt
        reservedAt = nil
        buyer = hold.buyer
    }

    init?(_ text: String, sale: SaleID) {
        let parts = text.split(separator: " ")
        guard parts.count == 3, let code = CheckoutCode(sale: sale, digits: parts[0]), let time = Int64(parts[1]),
            Timestamp.range.contains(Timestamp(microseconds: Int64(clamping: time.magnitude))),
            let buyer = BuyerID(String(parts[2]))
        else { return nil }
        self.code = code
        // A negative time is that of a reservation, negated.
        expiresAt = Timestamp(microseconds: max(0, time))
        reservedAt = time < 0 ? Timestamp(microseconds: -time) : nil
        self.buyer = buyer
    }

    var text: String { "\(code.digits) \(reservedAt.map { -$0.microseconds } ?? expiresAt.microseconds) \(buyer)" }
}

/// A field of the `buyers` hash: the code of a buyer's open cart, the units bought, and the units held.
struct BuyerEntry: Hashable {
    var code: CheckoutCode?
    var bought: Int = 0
    var ordinals: [Int] = []

    var text: String {
        let list = ordinals.map(String.init).joined(separator: ",")
        return "\(code?.digits ?? "-") \(bought) \(list)"
    }
}

extension GateFact {
    /// The fact as facts.lua reads it. Nil for a unit beyond the sale's stock, which would grow the bitmaps without
    /// bound.
    func text(of sale: Sale) -> [UInt8]? {
        switch self {
        case .held(let hold): Self.text("held ", hold, of: sale)
        case .sold(let hold): Self.text("sold ", hold, of: sale)
        case .released(let hold): Self.text("released ", hold, of: sale)
        }
    }

    /// `<kind> <ordinal> <digits of the code> <microseconds> <buyer>`, without a String in between: each purchase tells
    /// one.
    private static func text(_ kind: StaticString, _ hold: Hold, of sale: Sale) -> [UInt8]? {
        guard sale.contains(hold.unit) else { return nil }
        let buyer = hold.buyer.description.utf8
        var text: [UInt8] = []
        text.reserveCapacity(kind.utf8CodeUnitCount + buyer.count + 72)
        kind.withUTF8Buffer { text += $0 }
        text.append(decimal: sale.ordinal(of: hold.unit))
        text.append(0x20)
        text += hold.code.digits.utf8
        text.append(0x20)
        text.append(decimal: hold.expiresAt.microseconds)
        text.append(0x20)
        text += buyer
        return text
    }
}
