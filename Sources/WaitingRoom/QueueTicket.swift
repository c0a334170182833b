// What a ticket says: the line is not stored, each buyer holds its own place in it.

public import FlashSale

/// A buyer's place in the line of a sale, as its ticket proves it.
public struct QueueTicket: Hashable, Sendable {
    public enum Place: Hashable, Sendable {
        /// The buyer joined before the start: the draw decides its number.
        case draw
        /// The buyer joined after the start, as the one of this ordinal. Ordinals count from 1.
        case late(Int32)
    }

    public let sale: SaleID
    public let place: Place
    public let joinedAt: Timestamp

    public init(sale: SaleID, place: Place, joinedAt: Timestamp) {
        self.sale = sale
        self.place = place
        self.joinedAt = joinedAt
    }
}
