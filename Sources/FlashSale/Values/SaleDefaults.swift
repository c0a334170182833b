// What a sale gets where its plan does not say.

/// The defaults of a sale.
public struct SaleDefaults: Hashable, Sendable {
    public var itemCount: Int
    public var stockPerItem: Int
    public var maxItemsPerBuyer: Int
    public var length: Duration
    public var hold: Duration

    public init(
        itemCount: Int = 10_000, stockPerItem: Int = 1, maxItemsPerBuyer: Int = 10, length: Duration = .seconds(3_600),
        hold: Duration = .seconds(120)
    ) {
        self.itemCount = itemCount
        self.stockPerItem = stockPerItem
        self.maxItemsPerBuyer = maxItemsPerBuyer
        self.length = length
        self.hold = hold
    }

    /// A plan of these defaults for a window.
    public func plan(from start: Timestamp, until end: Timestamp) -> SalePlan {
        SalePlan(
            startedAt: start, endedAt: end, itemCount: itemCount, stockPerItem: stockPerItem,
            maxItemsPerBuyer: maxItemsPerBuyer, hold: hold)
    }
}
