// The parts of an HTTP/1.1 answer that a load generator needs.

import NIOCore

struct WireAnswer: Sendable {
    var status: Int
    /// The longest that an answer can make a buyer wait, in seconds: a week. No run is longer, so more says the same,
    /// and no time is too large to be added to another.
    static let waitMax = 604_800

    /// In seconds, ``waitMax`` at most; nil where the field is missing, or neither a number nor a date.
    var retryAfter: Int?
    /// The connection cannot carry another exchange.
    var closes: Bool
    var body: ByteBuffer
    /// The cursor of the next page, from `Link`.
    var nextPage: String?
}
