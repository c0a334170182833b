// What distinguishes one kind of buyers from another.

/// What a kind does, and how often.
struct Habits: Hashable, Sendable {
    enum Beginning: Hashable, Sendable {
        /// It looks at items, and takes some with this probability.
        case look(Double)
        /// It takes an item at once.
        case take
        /// It joins the line of a waiting room.
        case join
        /// It purchases with codes that nobody got.
        case makeUpCodes
        /// It hears the events of the sale.
        case listen
        /// It keeps a connection to itself.
        case occupy(Attack)
    }

    /// What becomes of a cart.
    enum Ending: Hashable, Sendable {
        /// It is bought with this probability.
        case buy(Double)
        /// It is bought when its holds are about to expire, or have just done so.
        case buyLate
        case cancel
        case leave
        /// The holds lapse, and the buyer takes others.
        case hoard
    }

    /// Which requests carry an `Idempotency-Key`.
    enum Keys: Hashable, Sendable {
        case none
        case ofPurchases
        /// Each request has a new one.
        case sprayed
    }

    var begins: Beginning
    /// The most items that it tries for.
    var items = 1
    /// The mean of the seconds between an answer and its next request.
    var think = 0.0
    /// The probability that it wants one of the hot items.
    var hot = 0.0
    var ends = Ending.buy(1)
    /// How often it sends one purchase.
    var clicks = 1
    /// How often it tries again a request that was shed or not answered.
    var retries = 0
    var heedsRetryAfter = false
    var keys = Keys.none

    /// What it does with a connection that it keeps to itself; nil for buyers.
    var attack: Attack? { if case .occupy(let attack) = begins { attack } else { nil } }
}
