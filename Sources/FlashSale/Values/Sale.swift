// A sale, its items and prices, and a plan for one.

/// A sale: a limited stock, a window of time, and a limit for each buyer.
public struct Sale: Hashable, Sendable {
    public let id: SaleID
    /// The window is half open: the sale is active from `startedAt` until before `endedAt`.
    public let startedAt: Timestamp
    public var endedAt: Timestamp
    /// Distinct items; their numbers run from 1 to this.
    public let itemCount: Int32
    /// Units of each item.
    public var stockPerItem: Int32
    /// The most units a buyer may take, held and bought together.
    public var maxItemsPerBuyer: Int32
    /// How long a hold lasts. A new hold ends with the sale, if that is sooner, but not before an older one.
    public let hold: Duration
    /// The generation of the sale's keys in the gate. A rebuild raises it.
    public var epoch: Int32
    /// Counts the changes of the sale's terms, from 1. An act of an operator names the version that it is meant for.
    public var version: Int32
    /// How far the sale is paused; nil if it is not.
    public var pause: Pause?
    /// How long before the start its waiting room opens; nil if it has none.
    public var gather: Duration?
    /// The pace of its waiting room, in buyers a second; nil if no operator has fixed it.
    public var roomPace: Int32?
    /// How many lanes the ledger has for it. It never changes.
    public let laneCount: Int32
    /// Whose sale it is. It never changes.
    public let shop: ShopID

    public init(
        id: SaleID, startedAt: Timestamp, endedAt: Timestamp, itemCount: Int32, stockPerItem: Int32,
        maxItemsPerBuyer: Int32, hold: Duration, epoch: Int32, version: Int32 = 1, pause: Pause? = nil,
        gather: Duration? = nil, laneCount: Int32 = 1, shop: ShopID = .main, roomPace: Int32? = nil
    ) {
        precondition(itemCount > 0 && stockPerItem > 0 && startedAt < endedAt)
        precondition(Limits.lanes.contains(Int(laneCount)), "a sale has 1 to 64 lanes")
        self.id = id
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.itemCount = itemCount
        self.stockPerItem = stockPerItem
        self.maxItemsPerBuyer = maxItemsPerBuyer
        self.hold = hold
        self.epoch = epoch
        self.version = version
        self.pause = pause
        self.gather = gather
        self.laneCount = laneCount
        self.shop = shop
        self.roomPace = roomPace
    }

    public var unitCount: Int { Int(itemCount) * Int(stockPerItem) }

    /// When buyers can first do something: its waiting room opens, or without one the sale starts.
    public var opensAt: Timestamp { startedAt - (gather ?? .zero) }

    public func isActive(at now: Timestamp) -> Bool { startedAt <= now && now < endedAt }

    public func contains(_ item: ItemID) -> Bool { item.sale == id && item.number <= itemCount }

    /// Whether a unit is one of the sale's. An operator's slip may leave rows beyond its stock.
    public func contains(_ unit: Unit) -> Bool {
        (1...itemCount).contains(unit.item) && (1...stockPerItem).contains(unit.number)
    }

    /// The place of a unit in the sale's bitmaps. Units of an item are neighbours.
    public func ordinal(of unit: Unit) -> Int { Int(unit.item - 1) * Int(stockPerItem) + Int(unit.number - 1) }

    /// The unit at a place of the sale's bitmaps.
    public func unit(at ordinal: Int) -> Unit {
        Unit(item: Int32(ordinal / Int(stockPerItem)) + 1, number: Int32(ordinal % Int(stockPerItem)) + 1)
    }
}

/// How far a sale is paused.
public enum Pause: String, CaseIterable, Hashable, Sendable {
    /// Nobody can check out. Purchases go on.
    case holds
    /// Nobody can purchase either, and the time of holds stands still.
    case all
}

/// An amount of money in the minor unit of its currency.
public struct Price: Hashable, Sendable {
    public let minorUnits: Int64
    /// The ISO 4217 code.
    public let currency: String

    public init(minorUnits: Int64, currency: String) {
        self.minorUnits = minorUnits
        self.currency = currency
    }
}

/// An item as a page of the catalog shows it.
public struct Item: Hashable, Sendable {
    public let id: ItemID
    public let name: String
    public let price: Price
    /// All units of the item, and those that are neither held nor sold.
    public let stock: Int32
    public let available: Int32
    /// Whether every unit of the item is sold.
    public let isSold: Bool

    public init(id: ItemID, name: String, price: Price, stock: Int32, available: Int32, isSold: Bool) {
        self.id = id
        self.name = name
        self.price = price
        self.stock = stock
        self.available = available
        self.isSold = isSold
    }
}

/// How many units of a sale are free, held and sold. The three add up to the sale's units.
public struct StockCount: Hashable, Sendable {
    public let free: Int
    public let held: Int
    public let sold: Int

    public init(free: Int, held: Int, sold: Int) {
        self.free = free
        self.held = held
        self.sold = sold
    }
}

/// What an operator or the scheduler asks for when it creates a sale. ``problems()`` checks it.
public struct SalePlan: Hashable, Sendable {
    public var startedAt: Timestamp
    public var endedAt: Timestamp
    public var itemCount: Int
    public var stockPerItem: Int
    public var maxItemsPerBuyer: Int
    public var hold: Duration
    /// The most lapses of one buyer, live holds included; nil for no bound.
    public var lapsesMax: Int?
    /// How long before the start a waiting room opens; nil for none.
    public var gather: Duration?
    public var laneCount: Int
    public var shop: ShopID

    public init(
        startedAt: Timestamp, endedAt: Timestamp, itemCount: Int, stockPerItem: Int, maxItemsPerBuyer: Int,
        hold: Duration, lapsesMax: Int? = nil, gather: Duration? = nil, laneCount: Int = 1,
        shop: ShopID = .main
    ) {
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.itemCount = itemCount
        self.stockPerItem = stockPerItem
        self.maxItemsPerBuyer = maxItemsPerBuyer
        self.hold = hold
        self.lapsesMax = lapsesMax
        self.gather = gather
        self.laneCount = laneCount
        self.shop = shop
    }

    /// What is wrong with the plan, by the field's name in HTTP; empty if it is valid.
    public func problems() -> [String: String] {
        var problems: [String: String] = [:]
        if startedAt >= endedAt { problems["ended_at"] = "must be after started_at" }
        if endedAt - startedAt > Limits.saleLength { problems["ended_at"] = "must be within 31 days of started_at" }
        if endedAt >= Timestamp.range.upperBound { problems["ended_at"] = "must be before the year 10000" }
        if !(1...Limits.itemsPerSale).contains(itemCount) {
            problems["total_items"] = "must be from 1 to \(Limits.itemsPerSale)"
        }
        if !(1...Limits.unitsPerSale).contains(stockPerItem) {
            problems["stock_per_item"] = "must be from 1 to \(Limits.unitsPerSale)"
        } else if problems.isEmpty, itemCount * stockPerItem > Limits.unitsPerSale {
            problems["stock_per_item"] = "times total_items must be at most \(Limits.unitsPerSale)"
        }
        if !(1...Limits.itemsPerBuyer).contains(maxItemsPerBuyer) {
            problems["max_items_per_user"] = "must be from 1 to \(Limits.itemsPerBuyer)"
        }
        if !Limits.lanes.contains(laneCount) { problems["lanes"] = "must be from 1 to \(Limits.lanes.upperBound)" }
        if let gather, !(.zero...Limits.gather).contains(gather) {
            problems["gather_seconds"] = "must be from 0 to \(Limits.gather.components.seconds)"
        }
        return problems
    }
}
