// The state of every unit of a sale, without the holders.

/// Which units are free and which are sold. The others are held.
public struct StockBits: Hashable, Sendable {
    public private(set) var free: UnitSet
    public private(set) var sold: UnitSet

    /// Units that are all free.
    public init(unitCount: Int) {
        free = .all(unitCount)
        sold = UnitSet(unitCount: unitCount)
    }

    public init(free: UnitSet, sold: UnitSet) {
        precondition(free.unitCount == sold.unitCount, "sets of different units")
        self.free = free
        self.sold = sold
    }

    public var unitCount: Int { free.unitCount }

    public var held: UnitSet { UnitSet.all(unitCount).symmetricDifference(free.union(sold)) }

    public var count: StockCount {
        let (freeCount, soldCount) = (free.count, sold.count)
        return StockCount(free: freeCount, held: unitCount - freeCount - soldCount, sold: soldCount)
    }

    public mutating func markFree(_ ordinal: Int) {
        free.insert(ordinal)
        sold.remove(ordinal)
    }

    public mutating func markHeld(_ ordinal: Int) {
        free.remove(ordinal)
        sold.remove(ordinal)
    }

    public mutating func markSold(_ ordinal: Int) {
        free.remove(ordinal)
        sold.insert(ordinal)
    }

    /// Replaces the state of a part of the sale, which begins at this ordinal.
    public mutating func replace(from first: Int, with part: StockBits) {
        free.replace(from: first, with: part.free)
        sold.replace(from: first, with: part.sold)
    }

    /// The units whose state is another here than there.
    public func differences(from other: StockBits) -> UnitSet {
        free.symmetricDifference(other.free).union(sold.symmetricDifference(other.sold))
    }
}
