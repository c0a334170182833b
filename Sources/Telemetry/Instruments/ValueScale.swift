// The cells of a summary: exact for small values, then 1,024 cells for every doubling. Arithmetic only.

/// Values below 2,048 have a cell each; above, a cell is one 1,024th of its power of two. Values of 64 KiB and more
/// share the last cell: the service refuses bodies and headers of that size.
enum ValueScale {
    private static let exactCount = 2_048
    private static let cellsPerDoubling = 1_024
    private static let limit: UInt64 = 65_536

    /// 2,048 exact ones, 1,024 for each of the five doublings up to the limit, and the last.
    static let cellCount = exactCount + 5 * cellsPerDoubling + 1

    static func cell(of value: UInt64) -> Int {
        guard value >= UInt64(exactCount) else { return Int(value) }
        guard value < limit else { return cellCount - 1 }
        let shift = 53 - value.leadingZeroBitCount
        return shift &* cellsPerDoubling &+ Int(value >> UInt64(shift))
    }

    /// The middle of a cell.
    static func value(of cell: Int) -> Double {
        guard cell >= exactCount else { return Double(cell) }
        guard cell < cellCount - 1 else { return Double(limit) }
        let shift = cell / cellsPerDoubling - 1
        let low = UInt64(cell % cellsPerDoubling + cellsPerDoubling) << UInt64(shift)
        return Double(low) + Double((UInt64(1) << UInt64(shift)) - 1) / 2
    }

    /// The value at a quantile of the counted values, NaN if there are none.
    static func value(atQuantile quantile: Double, counts: [UInt64]) -> Double {
        let total = counts.reduce(0, &+)
        guard total > 0 else { return .nan }
        let rank = max(1, UInt64((quantile * Double(total)).rounded(.up)))
        var seen: UInt64 = 0
        for (cell, count) in counts.enumerated() {
            seen &+= count
            if seen >= rank { return value(of: cell) }
        }
        return value(of: counts.count - 1)
    }
}
