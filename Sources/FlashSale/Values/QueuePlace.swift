// Where a buyer stands in the line of a sale with a waiting room.

/// A buyer's place in the line of a sale, as its request proves it.
public struct QueuePlace: Hashable, Sendable {
    public let sale: SaleID
    /// Nil without a genuine ticket, and while the draw has not given numbers.
    public let number: Int32?
    /// When the buyer joined; nil without a genuine ticket.
    public let joinedAt: Timestamp?
    /// Whether the request shows a ticket that proves nothing.
    public let isForged: Bool

    public init(sale: SaleID, number: Int32? = nil, joinedAt: Timestamp? = nil, isForged: Bool = false) {
        self.sale = sale
        self.number = number
        self.joinedAt = joinedAt
        self.isForged = isForged
    }
}

/// What a buyer hears that has to wait for its turn.
public struct QueueNotice: Hashable, Sendable {
    public let sale: SaleID
    public let number: Int32?
    /// How many numbers are called before the buyer's.
    public let ahead: Int?
    /// When it should ask again.
    public let pollAfter: Duration

    public init(sale: SaleID, number: Int32?, ahead: Int?, pollAfter: Duration) {
        self.sale = sale
        self.number = number
        self.ahead = ahead
        self.pollAfter = pollAfter
    }
}
