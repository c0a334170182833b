// The phases of a line. Pure.

public import FlashSale

/// How a line stands.
///
///     closed → gathering → open ⇄ holding → sold_out       paused ⇄ any but over
///                                              └→ over, from any
public enum QueuePhase: String, Sendable {
    /// Nobody can join yet.
    case closed
    /// Who joins takes part in the draw, which is published after the start.
    case gathering
    case open
    /// No unit is free, and some are held: they may come free.
    case holding
    case soldOut = "sold_out"
    /// The sale is paused: nobody is called, and joins go on.
    case paused
    case over

    public init(of sale: Sale, _ state: QueueState, at now: Timestamp) {
        let opensAt = sale.startedAt + (.zero - (sale.gather ?? .zero))
        self =
            if now >= sale.endedAt {
                .over
            } else if sale.pause != nil {
                .paused
            } else if now < opensAt {
                .closed
            } else if state.draw == nil {
                .gathering
            } else if state.stock.free > 0 {
                .open
            } else {
                state.stock.held > 0 ? .holding : .soldOut
            }
    }
}
