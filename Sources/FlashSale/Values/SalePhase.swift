// The phases of a sale, as everybody is told of them. Pure.

/// How a sale stands.
///
///     closed → gathering → open ⇄ holding → sold_out       paused ⇄ any but over
///                                              └→ over, from any
public enum SalePhase: String, Sendable {
    /// Nobody can join its waiting room yet; without one, it has not begun.
    case closed
    /// Who joins takes part in the draw, which is published after the start.
    case gathering
    case open
    /// No unit is free, and some are held: they may come free.
    case holding
    case soldOut = "sold_out"
    /// Nobody checks out or is called, and joins go on.
    case paused
    case over

    /// - Parameter isDrawn: whether the waiting room's draw is published. Without a room it does not matter.
    public init(of sale: Sale, _ stock: StockCount, isDrawn: Bool, at now: Timestamp) {
        self =
            if now >= sale.endedAt {
                .over
            } else if sale.pause != nil {
                .paused
            } else if now < sale.opensAt {
                .closed
            } else if sale.gather != nil, !isDrawn {
                .gathering
            } else if stock.free > 0 {
                .open
            } else {
                stock.held > 0 ? .holding : .soldOut
            }
    }
}
