// The evidence beside the journal, and its source.

/// The facts beside the journal: from HTTP alone, or from the stores.
package struct Evidence: Sendable {
    /// The items that an order has sold.
    package struct Order: Hashable, Sendable {
        package var items: Set<Int32>
        /// Those of them that were refunded since.
        package var refunded: Set<Int32>
        /// Nil if only HTTP was asked, which does not tell.
        var user: String?
        /// Its id and what was paid, as in journals.
        var receipt: String?

        package init(items: Set<Int32>, refunded: Set<Int32> = [], user: String? = nil, receipt: String? = nil) {
            self.items = items
            self.refunded = refunded
            self.user = user
            self.receipt = receipt
        }
    }

    /// The time in which a unit of an item was held or sold, in nanoseconds from the run's start.
    struct Occupancy: Hashable, Sendable {
        var item: Int32
        var from: Int64
        /// `Int64.max` if it is sold. A hold takes its unit at the longest until its time and the grace are over.
        var until: Int64
    }

    /// A cart and an item that it has held.
    struct HoldKey: Hashable, Sendable {
        var code: String
        var item: Int32
    }

    /// A hold in the ledger, live or ended.
    struct Hold: Hashable, Sendable {
        var user: String
        /// Its `expires_at`, in milliseconds of the wall clock.
        var expires: Int64
    }

    /// An item in the service's list at the end.
    package struct Item: Hashable, Sendable {
        var number: Int32
        var isSold: Bool

        package init(number: Int32, isSold: Bool) {
            self.number = number
            self.isSold = isSold
        }
    }

    /// Orders that exist, by code.
    package var orders: [String: Order] = [:]
    /// Whether every code that is not in `orders` has no order; if false, only the codes in `ordersMissing` have none.
    package var knowsAllOrders = false
    package var ordersMissing: Set<String> = []
    /// What operators changed of the sale; nil if the database was not seen.
    var log: SaleLog?
    /// The items by number; nil if the service was not asked.
    package var items: [Int32: Item]?
    /// All holds and sales of the sale; nil if the database was not seen.
    var occupancies: [Occupancy]?
    /// The last hold that each cart had of an item; nil if the database was not seen.
    var holds: [HoldKey: Hold]?
    /// The evidence that could not be read.
    package var notes: [String] = []

    package init() {}

    /// The items of which a unit was sold and is not any more: that one was sold out says nothing of the end.
    var itemsRefunded: Set<Int32> { orders.values.reduce(into: []) { $0.formUnion($1.refunded) } }

    /// Whether an item that was sold out may be for sale again.
    func mayBeForSaleAgain(_ item: Int32) -> Bool { log?.wasRestocked == true || itemsRefunded.contains(item) }

    /// Nil if nothing is known of this code's order.
    func hasOrder(_ code: String) -> Bool? {
        if orders[code] != nil { return true }
        return knowsAllOrders || ordersMissing.contains(code) ? false : nil
    }
}
