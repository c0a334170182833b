// The items as buyers see them: which are hot, and which are known to be sold.

import Textbook

/// Chooses items for buyers.
struct Shelf: Sendable {
    let itemCount: Int
    /// The number of hot items; they come first.
    let hotCount: Int
    /// The probability that a buyer reads on until it finds an item that is not marked as sold.
    static let attention = 0.5

    private var sold: [UInt64]
    private(set) var soldCount = 0

    /// - Parameter hotShare: of the items, from 0 to 1.
    init(itemCount: Int, hotShare: Double) {
        precondition(itemCount > 0)
        self.itemCount = itemCount
        hotCount = min(itemCount, max(1, Int(Double(itemCount) * hotShare)))
        sold = [UInt64](repeating: 0, count: itemCount / 64 + 1)
    }

    /// Marks an item as sold, because the service has said so.
    mutating func markSold(_ item: Int32) {
        let index = Int(item) - 1
        guard index >= 0, index < itemCount, !isSold(index) else { return }
        sold[index / 64] |= 1 << UInt64(index % 64)
        soldCount += 1
    }

    /// The number of an item, from 1.
    func pick(hot: Double, _ random: inout SplitMix64) -> Int32 {
        let count = random.chance(hot) ? hotCount : itemCount
        let index = random.below(count)
        guard isSold(index), soldCount < itemCount, random.chance(Self.attention) else { return Int32(index + 1) }
        return Int32(nextUnsold(from: index) + 1)
    }

    private func isSold(_ index: Int) -> Bool {
        sold[index / 64] & (1 << UInt64(index % 64)) != 0
    }

    private func nextUnsold(from index: Int) -> Int {
        var candidate = index
        repeat {
            candidate = (candidate + 1) % itemCount
            // Skips whole words of sold items: near the end of a sale nearly all are sold.
            while candidate % 64 == 0, candidate + 64 <= itemCount, sold[candidate / 64] == .max {
                candidate = (candidate + 64) % itemCount
            }
        } while isSold(candidate) && candidate != index
        return candidate
    }
}
