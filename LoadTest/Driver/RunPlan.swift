// The parts that all lanes of a run share: the scenario, the sale, and the journal.

import Audit
import NIOCore

/// The work of a lane.
enum RunMode: Sendable {
    /// Buyers come, journalled, to a sale.
    case sale(SaleFacts, Journal)
    /// The same request again and again, to measure speed.
    case raw(path: String)
}

struct RunPlan: Sendable {
    var scenario: Scenario
    var dialer: Dialer
    var mode: RunMode
    /// Distinguishes the buyers of this run from those of others.
    var run: String
    /// Signs for the buyers; nil where they need not prove who they are.
    var tokens: BuyerTokens?

    var target: Target { dialer.target }

    var sale: SaleFacts? {
        if case .sale(let sale, _) = mode { sale } else { nil }
    }

    /// When the schedule begins, in nanoseconds of the wall clock, if its bell is that of the sale.
    var beginsAt: Int64? {
        guard let bell = scenario.bell, let starts = sale?.roomStarts else { return nil }
        return starts * 1_000_000 - Int64(bell * 1e9)
    }

    var journal: Journal? {
        if case .sale(_, let journal) = mode { journal } else { nil }
    }
}
