// What operators do to a sale, and what the ledger keeps of it.

internal import Textbook

/// What an operator does to a sale.
public enum SaleAct: Hashable, Sendable {
    /// New holds wait, or all does. The other scope is set too where the sale is paused already.
    case pause(Pause)
    case resume
    /// Ends the sale now. Live holds can be purchased to their ends.
    case end
    /// Moves the end of the sale to a time to come.
    case setEnd(Timestamp)
    /// Gives each item so many units. Units that are held or sold stay.
    case restock(unitsPerItem: Int32)
    /// Lets each buyer take so many units. Who has more keeps them.
    case limit(Int32)
    /// Lets the waiting room call so many buyers a second, or as many as the usher finds.
    case pace(Int32?)
    /// Changes the price of an item. What is held keeps the price that it had.
    case price(item: Int32, minorUnits: Int64)
    /// Refunds what an order has sold: some of its items, or nil for all that are sold still.
    case refund(CheckoutCode, items: Set<Int32>?)

    /// Whether the ledger may have to write every hold of the sale, a million of them.
    public var writesHolds: Bool {
        switch self {
        case .resume, .restock, .price: true
        case .pause, .end, .setEnd, .limit, .pace, .refund: false
        }
    }

    /// The name of the act in the ledger and in logs.
    public var name: String {
        switch self {
        case .pause(.holds): "pause_holds"
        case .pause(.all): "pause_all"
        case .resume: "resume"
        case .end: "end"
        case .setEnd: "set_end"
        case .restock: "restock"
        case .limit: "limit"
        case .pace: "pace"
        case .price: "price"
        case .refund: "refund"
        }
    }
}

/// A change of a sale that an operator asks for.
public struct SaleChange: Hashable, Sendable {
    /// The longest reason, in bytes.
    public static let reasonLength = 256
    /// What is wrong with a text that is no reason.
    public static let reasonProblem = "must be a line of 1 to \(reasonLength) bytes, without control characters"

    /// Whether a text can be a reason: a line that is not too long, and that reads as it is wherever it is shown.
    public static func isReason(_ text: String) -> Bool {
        (1...reasonLength).contains(text.utf8.count) && !text.unicodeScalars.contains(where: \.isControl)
    }

    public let act: SaleAct
    /// The version that the operator has seen; nil to change the sale whatever it is.
    public let version: Int32?
    /// Who asks for it.
    public let actor: String
    /// Why, for whoever reads the sale's log.
    public let reason: String
    public let key: IdempotencyKey?

    public init(_ act: SaleAct, version: Int32?, actor: String, reason: String, key: IdempotencyKey?) {
        self.act = act
        self.version = version
        self.actor = actor
        self.reason = reason
        self.key = key
    }
}

/// What `change` returns.
public enum ChangeOutcome: Hashable, Sendable {
    /// The sale as the change left it. `isReplay` is true if the change's key had made it before.
    case changed(Sale, isReplay: Bool)
    /// The sale has another version by now.
    case stale
    /// The key belongs to another change.
    case keyReused
    /// With the new end it would overlap another sale.
    case overlaps
    /// The new end is not to come, not after the sale's start, or more than ``Limits/saleLength`` after it.
    case badEnd
    /// A sale that is not on cannot be ended, and of one that is over nothing but the end can be changed.
    case inactive
    /// Units beyond the new stock are held or sold.
    case stockInUse
    /// With the new stock it would have more than ``Limits/unitsPerSale``.
    case stockTooLarge
    /// The sale does not have the item.
    case itemNotFound
    /// A pace is for a sale with a waiting room.
    case noWaitingRoom
    /// The sale does not have the order.
    case orderNotFound
    /// An item that is asked for, or all of the order, was not sold or is refunded already.
    case nothingToRefund
    /// The ledger cannot take its reason, or a value of it.
    case unfit
    case notFound
}

/// A line of a sale's log.
public struct SaleEvent: Hashable, Sendable {
    /// What was done, as the ledger names it.
    public let act: String
    public let actor: String
    public let reason: String
    public let changedAt: Timestamp
    /// The sale before and after the change. A change of what a sale does not show shows nothing.
    public let before: Sale
    public let after: Sale
    /// Of a change of a price.
    public let price: PriceChange?
    /// Of a refund.
    public let refund: Refund?

    public init(
        act: String, actor: String, reason: String, changedAt: Timestamp, before: Sale, after: Sale,
        price: PriceChange? = nil, refund: Refund? = nil
    ) {
        self.act = act
        self.actor = actor
        self.reason = reason
        self.changedAt = changedAt
        self.before = before
        self.after = after
        self.price = price
        self.refund = refund
    }
}

/// What was refunded of an order.
public struct Refund: Hashable, Sendable {
    public let order: OrderID
    /// By their number.
    public let items: [ItemID]
    public let total: Price

    public init(order: OrderID, items: [ItemID], total: Price) {
        self.order = order
        self.items = items
        self.total = total
    }
}

/// An item with another price.
public struct PriceChange: Hashable, Sendable {
    public let item: ItemID
    public let before: Price
    public let after: Price

    public init(item: ItemID, before: Price, after: Price) {
        self.item = item
        self.before = before
        self.after = after
    }
}
