// The parts of an HTTP/1.1 answer that a load generator needs.

import NIOCore

struct WireAnswer: Sendable {
    var status: Int
    /// In seconds; nil where the field is missing or a date.
    var retryAfter: Int?
    /// The connection cannot carry another exchange.
    var closes: Bool
    var body: ByteBuffer
    /// The cursor of the next page, from `Link`.
    var nextPage: String?
}
