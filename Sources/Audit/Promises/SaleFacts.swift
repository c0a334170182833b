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
    /// The first item of which nobody knows how many units were free; nil if that is known of all.
    package var unreadFrom: Int32?
    /// When a sale with a waiting room starts, in milliseconds of the wall clock; nil if it has none.
    package var roomStarts: Int64?

    package init(id: Int32, itemCount: Int, stock: Int, limit: Int? = nil, scarce: [Int32: Int] = [:]) {
        self.id = id
        self.itemCount = itemCount
        self.stock = stock
        self.limit = limit
        self.scarce = scarce
    }

    /// The most units of an item that can have been free at the start.
    func availableAtMost(_ item: Int32) -> Int { scarce[item] ?? stock }

    /// The units of an item that are known to be free at the start.
    func availableAtLeast(_ item: Int32) -> Int {
        if let unreadFrom, item >= unreadFrom { return 0 }
        return availableAtMost(item)
    }

    /// The units of all items that are known to be free at the start.
    var availableInAllAtLeast: Int {
        let read = unreadFrom.map { Int($0) - 1 } ?? itemCount
        return scarce.values.reduce(read * stock) { $0 - (stock - $1) }
    }
}
