// A no, with all that helps its buyer to act on it. Returned, never thrown.

public import Telemetry

/// Why a flow did not do what it was asked, and what the client may want to know besides.
public struct Refusal: Hashable, Sendable {
    public let reason: Reason
    /// The buyer's open cart, where that is what stands in the way.
    public var code: CheckoutCode?
    /// When asking again may help: the end of the hold in the way, or the start of the sale.
    public var retryAt: Timestamp?
    /// The order that the code has already.
    public var order: Order?

    public init(_ reason: Reason, code: CheckoutCode? = nil, retryAt: Timestamp? = nil, order: Order? = nil) {
        self.reason = reason
        self.code = code
        self.retryAt = retryAt
        self.order = order
    }
}

/// What a checkout came to.
public enum CheckoutOutcome: Hashable, Sendable {
    case held(Cart, saleEndsAt: Timestamp, isReplay: Bool)
    case refused(Refusal)
}

/// What a cancellation came to.
public enum CancelOutcome: Hashable, Sendable {
    /// The items that were given back, and how many units the cart still holds.
    case released([ItemID], itemsLeft: Int)
    case refused(Refusal)
}

/// What a purchase came to, or the look-up of an order.
public enum PurchaseOutcome: Hashable, Sendable {
    case ordered(Order, isReplay: Bool)
    case refused(Refusal)
}

/// A sale as clients see it now.
public struct SaleView: Hashable, Sendable {
    public let sale: Sale
    public let itemsSold: Int
    public let isActive: Bool

    public init(sale: Sale, itemsSold: Int, isActive: Bool) {
        self.sale = sale
        self.itemsSold = itemsSold
        self.isActive = isActive
    }
}

/// What an answer about sales came to.
public enum SaleOutcome<Value: Sendable>: Sendable {
    case found(Value)
    case refused(Refusal)
}
