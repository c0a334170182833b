// The units of a sale at one moment, compact enough to load a million of them into the gate.

/// The state of every unit of a sale, the holds, and what buyers have bought.
public struct StockSnapshot: Hashable, Sendable {
    public private(set) var stock: StockBits
    /// The holds of the held units, by ordinal.
    public private(set) var held: [Int: Hold] = [:]
    /// How many units each buyer has bought. Buyers without any may be left out.
    public var bought: [BuyerID: Int] = [:]

    /// Units that are all free.
    public init(unitCount: Int) {
        stock = StockBits(unitCount: unitCount)
    }

    public mutating func markHeld(_ ordinal: Int, by hold: Hold) {
        stock.markHeld(ordinal)
        held[ordinal] = hold
    }

    public mutating func markSold(_ ordinal: Int) {
        stock.markSold(ordinal)
        held[ordinal] = nil
    }

    public func isFree(_ ordinal: Int) -> Bool { stock.free.contains(ordinal) }

    public func isSold(_ ordinal: Int) -> Bool { stock.sold.contains(ordinal) }

    public var unitCount: Int { stock.unitCount }

    public var count: StockCount { stock.count }
}
