// What a buyer is told when a flow did what was asked.

/// A checkout that holds its item.
public struct CheckoutReceipt: Hashable, Sendable {
    public let cart: Cart
    public let saleEndsAt: Timestamp
    /// Whether the same idempotency key got this before.
    public let isReplay: Bool

    public init(cart: Cart, saleEndsAt: Timestamp, isReplay: Bool) {
        self.cart = cart
        self.saleEndsAt = saleEndsAt
        self.isReplay = isReplay
    }
}

/// A cancel that ended holds.
public struct CancelReceipt: Hashable, Sendable {
    /// The items that the cart no longer holds.
    public let items: [ItemID]
    /// How many units the cart still holds.
    public let itemsLeft: Int

    public init(items: [ItemID], itemsLeft: Int) {
        self.items = items
        self.itemsLeft = itemsLeft
    }
}

/// A purchase that has its order.
public struct PurchaseReceipt: Hashable, Sendable {
    public let order: Order
    /// Whether the same idempotency key got this before.
    public let isReplay: Bool

    public init(order: Order, isReplay: Bool) {
        self.order = order
        self.isReplay = isReplay
    }
}

/// A sale that was changed.
public struct ChangeReceipt: Hashable, Sendable {
    public let sale: Sale
    /// Whether the same idempotency key got this before.
    public let isReplay: Bool

    public init(sale: Sale, isReplay: Bool) {
        self.sale = sale
        self.isReplay = isReplay
    }
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
