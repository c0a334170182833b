// What an operator's request asks to be changed, of which version of the sale, and why.

internal import FlashSale
internal import Textbook

extension OperatorForm {
    /// The version in `If-Match`; nil for `*`, whatever version it is, and with an error if there is none.
    mutating func version(of request: Request) -> Int32? {
        let fields = request.values(of: "if-match")
        guard let field = fields.first else {
            fail("If-Match", "is required: the ETag of the sale, or *")
            return nil
        }
        if fields.count == 1, field == "*" { return nil }
        guard fields.count == 1, field.count > 2, field.hasPrefix("\""), field.hasSuffix("\""),
            let version = Int32(field.dropFirst().dropLast()), version > 0
        else {
            fail("If-Match", "must be the ETag of a sale, such as \"3\", or *")
            return nil
        }
        return version
    }

    mutating func reason() -> String? {
        guard case .string(let text)? = self["reason"], !text.isEmpty else {
            fail("reason", "is required: a sentence for the sale's log")
            return nil
        }
        guard SaleChange.isReason(text) else {
            fail("reason", SaleChange.reasonProblem)
            return nil
        }
        return text
    }

    mutating func pause() -> SaleAct? {
        choice("scope", among: Pause.allCases, by: \.rawValue, else: .holds).map { .pause($0) }
    }

    /// The pace of the line, or null for the one that the usher finds.
    mutating func pace() -> SaleAct? {
        if case .null? = self["room_pace"] { return .pace(nil) }
        return integer("room_pace", in: Limits.roomPace).map { .pace(Int32($0)) }
    }

    mutating func price(of item: Int32) -> SaleAct? {
        integer("price", in: 0...Int(Limits.priceMinorUnits)).map { .price(item: item, minorUnits: Int64($0)) }
    }

    /// What a change of a sale's own terms asks for: one of them.
    mutating func patch() -> SaleAct? {
        let given = ["ended_at", "stock_per_item", "max_items_per_user"].filter { self[$0] != nil }
        guard given.count == 1 else {
            fail("body", "must have one of ended_at, stock_per_item and max_items_per_user")
            return nil
        }
        switch given[0] {
        case "stock_per_item":
            return integer("stock_per_item", in: 1...Limits.unitsPerSale).map { .restock(unitsPerItem: Int32($0)) }
        case "max_items_per_user":
            return integer("max_items_per_user", in: 1...Limits.itemsPerBuyer).map { .limit(Int32($0)) }
        default: return time("ended_at").map { .setEnd($0) }
        }
    }

    /// The items of an order that are to be refunded; without `items` all that are sold.
    mutating func refund(of code: CheckoutCode) -> SaleAct? {
        guard let given = self["items"] else { return .refund(code, items: nil) }
        if case .array(let values) = given, !values.isEmpty {
            let items = values.compactMap { value -> ItemID? in
                if case .string(let text) = value { ItemID(text) } else { nil }
            }
            if items.count == values.count, items.allSatisfy({ $0.sale == code.sale }) {
                return .refund(code, items: Set(items.map(\.number)))
            }
        }
        fail("items", "must be ids of the order's items, such as [\"ITM-\(code.sale)-1\"]")
        return nil
    }
}
