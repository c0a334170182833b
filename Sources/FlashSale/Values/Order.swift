// Holds, carts, and the order that a purchase makes of them.

/// The ledger's claim on a unit for a cart, until `expiresAt`.
public struct Hold: Hashable, Sendable {
    public let unit: Unit
    public let code: CheckoutCode
    public let buyer: BuyerID
    public let expiresAt: Timestamp

    public init(unit: Unit, code: CheckoutCode, buyer: BuyerID, expiresAt: Timestamp) {
        self.unit = unit
        self.code = code
        self.buyer = buyer
        self.expiresAt = expiresAt
    }
}

/// A hold that has ended, and its age by the ledger's clock.
public struct EndedHold: Hashable, Sendable {
    public let hold: Hold
    /// In whole milliseconds; zero for a unit that was sold without a hold.
    public let age: Duration

    public init(_ hold: Hold, age: Duration) {
        self.hold = hold
        self.age = age
    }
}

/// A buyer's open cart after a checkout.
public struct Cart: Hashable, Sendable {
    public let code: CheckoutCode
    /// Units held under the code.
    public let itemsCount: Int
    /// When the hold of this checkout ends. Earlier holds of the cart end earlier.
    public let expiresAt: Timestamp

    public init(code: CheckoutCode, itemsCount: Int, expiresAt: Timestamp) {
        self.code = code
        self.itemsCount = itemsCount
        self.expiresAt = expiresAt
    }
}

/// The result of a purchase: the units sold under one code.
public struct Order: Hashable, Sendable {
    public struct Line: Hashable, Sendable {
        public let item: ItemID
        public let name: String
        /// What it was sold for. Nil if it was not: its hold had ended, and no other unit was free within the limit.
        public let price: Price?
        /// When it was refunded, which it can be once it was sold.
        public let refundedAt: Timestamp?

        public init(item: ItemID, name: String, price: Price?, refundedAt: Timestamp? = nil) {
            self.item = item
            self.name = name
            self.price = price
            self.refundedAt = refundedAt
        }

        public var isSold: Bool { price != nil }
    }

    public let id: OrderID
    public let code: CheckoutCode
    public let buyer: BuyerID
    /// At least one line is sold.
    public let lines: [Line]
    /// What was paid for, refunded lines included.
    public let total: Price
    /// How much of the total was refunded; nil if nothing was.
    public let refunded: Price?
    public let orderedAt: Timestamp

    public init(
        id: OrderID, code: CheckoutCode, buyer: BuyerID, lines: [Line], total: Price, refunded: Price? = nil,
        orderedAt: Timestamp
    ) {
        self.id = id
        self.code = code
        self.buyer = buyer
        self.lines = lines
        self.total = total
        self.refunded = refunded
        self.orderedAt = orderedAt
    }

    public var soldCount: Int { lines.count { $0.isSold } }
    public var failedCount: Int { lines.count - soldCount }
}
