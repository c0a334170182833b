// What all lanes of a run share: the scenario, the sale it meets, and where the journal is.

import NIOCore

/// The sale as it was when the run began.
struct SaleFacts: Hashable, Sendable {
    var id: Int32
    var itemCount: Int
    var stock: Int
    /// The most that a buyer may have; nil if the service does not say.
    var limit: Int?
    /// By item, the free units at the start, where they are fewer than the stock.
    var scarce: [Int32: Int] = [:]

    /// The free units of an item at the start.
    func available(_ item: Int32) -> Int { scarce[item] ?? stock }
}

/// What a lane does.
enum RunMode: Sendable {
    /// Buyers come, journalled, to a sale.
    case sale(SaleFacts, Journal)
    /// The same request again and again: how fast does it answer?
    case raw(path: String)
}

struct RunPlan: Sendable {
    var scenario: Scenario
    var target: Target
    var address: SocketAddress
    var mode: RunMode
    /// Distinguishes the buyers of this run from those of others.
    var run: String

    var sale: SaleFacts? {
        if case .sale(let sale, _) = mode { sale } else { nil }
    }

    var journal: Journal? {
        if case .sale(_, let journal) = mode { journal } else { nil }
    }
}
