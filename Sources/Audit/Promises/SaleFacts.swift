// The sale of a journal, as its head tells of it.

/// The sale as it was when the run began.
package struct SaleFacts: Hashable, Sendable {
    package var id: Int32
    package var itemCount: Int
    package var stock: Int
    /// The most that a buyer may have; nil if the service does not say.
    package var limit: Int?
    /// By item, the free units at the start, where they are fewer than the stock.
    package var scarce: [Int32: Int]

    package init(id: Int32, itemCount: Int, stock: Int, limit: Int? = nil, scarce: [Int32: Int] = [:]) {
        self.id = id
        self.itemCount = itemCount
        self.stock = stock
        self.limit = limit
        self.scarce = scarce
    }

    /// The free units of an item at the start.
    func available(_ item: Int32) -> Int { scarce[item] ?? stock }
}
