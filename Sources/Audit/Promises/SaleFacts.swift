// The sale of a journal, from its head.

/// The sale as it was when the run began.
package struct SaleFacts: Hashable, Sendable {
    package var id: Int32
    package var itemCount: Int
    package var stock: Int
    /// The most that a buyer may have; nil if the service does not say.
    package var limit: Int?
    /// The free units at the start of items that had fewer than their stock.
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
