// What an answer says of a waiting room: of the buyer's own place, or of the whole line.

import Audit

/// The members of such an answer that buyers and journals need.
struct QueueNews: Hashable, Sendable {
    var ticket: String?
    /// Nil before the draw.
    var number: Int32?
    var isCalled = false
    var ahead: Int32?
    /// How many seconds it may take.
    var low: Int32?
    var high: Int32?
    /// Of the whole line.
    var phase: History.Phase?
    var called: Int32?
    var waiting: Int32?
    var draw: History.Draw?
    /// When to ask again, in milliseconds.
    var pollAfter: Int64?

    var isDrawn: Bool { draw?.seed != nil }
    var isEnd: Bool { phase?.isEnd ?? false }
}

/// A line at one moment.
struct LineGlance: Hashable, Sendable, Codable {
    var called: Int32
    var waiting: Int32
}
