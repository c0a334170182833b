// What is known beside the journal when promises are judged, and from where.

/// The other side's word: from HTTP alone, or from the stores.
struct Evidence: Sendable {
    /// What an order has sold.
    struct Order: Hashable, Sendable {
        var items: Set<Int32>
        /// Nil where HTTP does not say.
        var user: String?
    }

    /// A unit of an item was held or sold from then until then, in nanoseconds from the run's start.
    struct Occupancy: Hashable, Sendable {
        var item: Int32
        var from: Int64
        /// `Int64.max` if it still is, or was sold.
        var until: Int64
    }

    /// Orders that exist, by code.
    var orders: [String: Order] = [:]
    /// Whether a code that is not in `orders` has no order; else only those in `ordersMissing` have none.
    var knowsAllOrders = false
    var ordersMissing: Set<String> = []
    /// The items as the service lists them at the end; nil if it was not asked.
    var items: [Int32: Survey.Item]?
    /// All holds and sales of the sale; nil if the database was not seen.
    var occupancies: [Occupancy]?
    /// What could not be looked at.
    var notes: [String] = []

    /// Nil if nothing is known of this code's order.
    func hasOrder(_ code: String) -> Bool? {
        if orders[code] != nil { return true }
        return knowsAllOrders || ordersMissing.contains(code) ? false : nil
    }
}
