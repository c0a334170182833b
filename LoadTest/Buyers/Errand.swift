// What a buyer asks of the service. How it is written on the wire is the driver's business.

import Audit

/// One request of a buyer.
enum Errand: Hashable, Sendable {
    /// A page of the items, by a number that the driver turns into a cursor.
    case look
    /// The number of an item, from 1.
    case checkout(item: Int32)
    /// Everything under the buyer's code.
    case purchase
    /// Everything under the buyer's code, given back.
    case cancel
    /// The path of raw mode.
    case raw

    var endpoint: Endpoint {
        switch self {
        case .look: .items
        case .checkout: .checkout
        case .purchase: .purchase
        case .cancel: .cancel
        case .raw: .raw
        }
    }
}

/// What a buyer learns from an answer.
struct Reply: Hashable, Sendable {
    var outcome: Outcome
    var reason: Outcome.Reason?
    /// The code of the cart that was given or named.
    var code: String?
    /// `Retry-After`, in seconds.
    var retryAfter: Int?
}
