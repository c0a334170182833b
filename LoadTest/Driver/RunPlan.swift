// What all lanes of a run share: the scenario, the sale it meets, and where the journal is.

import Audit
import NIOCore

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
