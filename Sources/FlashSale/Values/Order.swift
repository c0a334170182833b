// What a purchase came to, and the holds it is made of.

/// A unit under a code: what the ledger promised a buyer until `expiresAt`.
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

/// A hold that has ended, and how long it stood by the ledger's clock.
public struct EndedHold: Hashable, Sendable {
    public let hold: Hold
    /// To the millisecond; zero for a unit that was sold without having been held.
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

/// A committed order: the final answer to the purchase of a code.
public struct Order: Hashable, Sendable {
    public struct Line: Hashable, Sendable {
        public let item: ItemID
        public let name: String
        /// False if the unit's hold had ended and no other unit was to be had.
        public let isSold: Bool

        public init(item: ItemID, name: String, isSold: Bool) {
            self.item = item
            self.name = name
            self.isSold = isSold
        }
    }

    public let id: OrderID
    public let code: CheckoutCode
    public let buyer: BuyerID
    /// At least one line is sold.
    public let lines: [Line]
    public let total: Price
    public let orderedAt: Timestamp

    public init(id: OrderID, code: CheckoutCode, buyer: BuyerID, lines: [Line], total: Price, orderedAt: Timestamp) {
        self.id = id
        self.code = code
        self.buyer = buyer
        self.lines = lines
        self.total = total
        self.orderedAt = orderedAt
    }

    public var soldCount: Int { lines.count { $0.isSold } }
    public var failedCount: Int { lines.count - soldCount }
}
