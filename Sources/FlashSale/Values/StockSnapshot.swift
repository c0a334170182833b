// The units of a sale at one moment, compact enough to carry a million of them between the stores.

/// The state of every unit of a sale: free, held (with its hold) or sold.
public struct StockSnapshot: Hashable, Sendable {
    /// The units of the sale.
    public let unitCount: Int
    /// One bit for each unit by ordinal, the highest bit of a byte first, as Redis numbers bits. Padding bits are 0.
    public private(set) var free: [UInt8]
    public private(set) var sold: [UInt8]
    /// The units that are neither, with their holds.
    public private(set) var held: [Int: Hold]
    /// The ages of the reservations in `held` that the ledger has not confirmed, by ordinal. Only a gate has any; the
    /// ledger has confirmed the others.
    public var reservedFor: [Int: Duration] = [:]
    /// How many units each buyer has bought. Buyers without any may be left out.
    public var bought: [BuyerID: Int]

    /// Units that are all free.
    public init(unitCount: Int) {
        self.unitCount = unitCount
        free = [UInt8](repeating: 0xFF, count: (unitCount + 7) / 8)
        if unitCount % 8 != 0 { free[free.count - 1] = UInt8(truncatingIfNeeded: 0xFF00 >> (unitCount % 8)) }
        sold = [UInt8](repeating: 0, count: free.count)
        held = [:]
        bought = [:]
    }

    /// A snapshot of a store's bitmaps. Bits past the end and missing bytes count as 0.
    public init(
        unitCount: Int, free: [UInt8], sold: [UInt8], held: [Int: Hold], bought: [BuyerID: Int]
    ) {
        let size = (unitCount + 7) / 8
        func sized(_ bits: [UInt8]) -> [UInt8] {
            Array(bits.prefix(size)) + [UInt8](repeating: 0, count: max(0, size - bits.count))
        }
        self.unitCount = unitCount
        self.free = sized(free)
        self.sold = sized(sold)
        self.held = held
        self.bought = bought
    }

    public mutating func markHeld(_ ordinal: Int, by hold: Hold) {
        free[ordinal / 8] &= ~Self.mask(ordinal)
        held[ordinal] = hold
    }

    public mutating func markSold(_ ordinal: Int) {
        free[ordinal / 8] &= ~Self.mask(ordinal)
        sold[ordinal / 8] |= Self.mask(ordinal)
        held[ordinal] = nil
    }

    public func isFree(_ ordinal: Int) -> Bool { free[ordinal / 8] & Self.mask(ordinal) != 0 }

    public func isSold(_ ordinal: Int) -> Bool { sold[ordinal / 8] & Self.mask(ordinal) != 0 }

    /// The ordinals at which two snapshots of the same units may differ: all but those in bytes that are equal and have
    /// no held unit.
    public func ordinalsToCompare(with other: StockSnapshot) -> [Int] {
        precondition(unitCount == other.unitCount, "snapshots of different units")
        var ordinals: [Int] = []
        for byte in free.indices {
            let isEqual = free[byte] == other.free[byte] && sold[byte] == other.sold[byte]
            let hasHeld = free[byte] | sold[byte] != 0xFF
            guard !isEqual || hasHeld else { continue }
            ordinals.append(contentsOf: byte * 8..<min(byte * 8 + 8, unitCount))
        }
        return ordinals
    }

    public var count: StockCount {
        let freeCount = free.reduce(0) { $0 + $1.nonzeroBitCount }
        let soldCount = sold.reduce(0) { $0 + $1.nonzeroBitCount }
        return StockCount(free: freeCount, held: unitCount - freeCount - soldCount, sold: soldCount)
    }

    private static func mask(_ ordinal: Int) -> UInt8 { 0x80 >> UInt8(ordinal % 8) }
}
