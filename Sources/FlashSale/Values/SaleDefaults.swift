// What a sale gets where its plan does not say.

/// The defaults of a sale.
public struct SaleDefaults: Hashable, Sendable {
    public var itemCount: Int
    public var stockPerItem: Int
    public var maxItemsPerBuyer: Int
    public var length: Duration
    public var hold: Duration
    /// The most lapses of one buyer, 0 for no bound; nil leaves it to ``lapsesMax(limit:)``.
    public var lapses: Int?
    /// Whether buyers prove who they are. A bound on what a name may do binds nobody else.
    public var areBuyersProven = false
    public var waitingRoom: WaitingRoomMode
    /// How long before its start the waiting room of a sale opens.
    public var gather: Duration
    /// The lanes of a sale.
    public var laneCount = 1
    /// The shops that sales are of, the default first.
    public var shops = [ShopID.main]

    public init(
        itemCount: Int = 10_000, stockPerItem: Int = 1, maxItemsPerBuyer: Int = 10, length: Duration = .seconds(3_600),
        hold: Duration = .seconds(120), waitingRoom: WaitingRoomMode = .none, gather: Duration = .seconds(600)
    ) {
        self.itemCount = itemCount
        self.stockPerItem = stockPerItem
        self.maxItemsPerBuyer = maxItemsPerBuyer
        self.length = length
        self.hold = hold
        self.waitingRoom = waitingRoom
        self.gather = gather
    }

    /// A plan of these defaults for a window.
    public func plan(from start: Timestamp, until end: Timestamp, in shop: ShopID = .main) -> SalePlan {
        SalePlan(
            startedAt: start, endedAt: end, itemCount: itemCount, stockPerItem: stockPerItem,
            maxItemsPerBuyer: maxItemsPerBuyer, hold: hold, lapsesMax: lapsesMax(limit: maxItemsPerBuyer),
            gather: waitingRoom == .on ? gather : nil, laneCount: laneCount,
            shop: shop)
    }

    /// The most lapses of one buyer in a sale with a limit; nil for no bound. By default, twice the limit where buyers
    /// are proven. It is never below the limit, which an honest buyer may hold at once.
    public func lapsesMax(limit: Int) -> Int? {
        switch lapses {
        // A limit that is too large is refused later.
        case nil: areBuyersProven ? 2 * min(limit, Limits.itemsPerBuyer) : nil
        case 0: nil
        case let lapses?: max(lapses, limit)
        }
    }
}

/// Whether a sale lets buyers in by number.
public enum WaitingRoomMode: String, CaseIterable, Sendable {
    case none
    case on
}
