// What is known beside the journal when promises are judged, and from where.

/// The other side's word: from HTTP alone, or from the stores.
package struct Evidence: Sendable {
    /// What an order has sold.
    package struct Order: Hashable, Sendable {
        package var items: Set<Int32>
        /// Nil where HTTP does not say.
        var user: String?

        package init(items: Set<Int32>, user: String? = nil) {
            self.items = items
            self.user = user
        }
    }

    /// A unit of an item was held or sold from then until then, in nanoseconds from the run's start.
    struct Occupancy: Hashable, Sendable {
        var item: Int32
        var from: Int64
        /// `Int64.max` if it was sold. A hold takes its unit until its end and grace at the latest.
        var until: Int64
    }

    /// Which item a cart has held.
    struct HoldKey: Hashable, Sendable {
        var code: String
        var item: Int32
    }

    /// A hold that is in the ledger, or was.
    struct Hold: Hashable, Sendable {
        var user: String
        /// Until when it was given, in milliseconds of the wall clock.
        var expires: Int64
    }

    /// An item as the service lists it at the end.
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
    /// Whether a code that is not in `orders` has no order; else only those in `ordersMissing` have none.
    package var knowsAllOrders = false
    package var ordersMissing: Set<String> = []
    /// The items by number; nil if the service was not asked.
    package var items: [Int32: Item]?
    /// All holds and sales of the sale; nil if the database was not seen.
    var occupancies: [Occupancy]?
    /// The last hold that each cart had of an item; nil if the database was not seen.
    var holds: [HoldKey: Hold]?
    /// What could not be looked at.
    package var notes: [String] = []

    package init() {}

    /// Nil if nothing is known of this code's order.
    func hasOrder(_ code: String) -> Bool? {
        if orders[code] != nil { return true }
        return knowsAllOrders || ordersMissing.contains(code) ? false : nil
    }
}
