// A buyer's requests. The driver writes them on the wire.

import Audit

/// One request of a buyer.
enum Errand: Hashable, Sendable {
    /// A page of the items, by a number that the driver turns into a cursor.
    case look
    /// The number of an item, from 1.
    case checkout(item: Int32)
    /// Everything under the buyer's code.
    case purchase
    /// A cancellation of everything under the buyer's code.
    case cancel
    /// To join a waiting room.
    case join
    /// To ask where its ticket stands.
    case knock(Pass)
    /// How the whole line stands.
    case line
    /// The events of the sale, until it is over or sold out.
    case listen
    /// The path of raw mode.
    case raw

    var endpoint: Endpoint {
        switch self {
        case .look: .items
        case .checkout: .checkout
        case .purchase: .purchase
        case .cancel: .cancel
        case .join, .knock: .queue
        case .line: .line
        case .listen: .events
        case .raw: .raw
        }
    }
}

/// The ticket that a buyer shows.
enum Pass: UInt8, Sendable {
    case none
    case own
    /// The one of its second device, or one that is not its own.
    case other
}

/// The facts that a buyer learns from an answer.
struct Reply: Hashable, Sendable {
    var outcome: Outcome
    var reason: Outcome.Reason?
    /// The code of the cart in the answer.
    var code: String?
    /// `Retry-After`, in seconds.
    var retryAfter: Int?
    /// What the answer said of a line.
    var queue: QueueNews?
    /// A ticket that another buyer got.
    var strangersTicket: String?
}
