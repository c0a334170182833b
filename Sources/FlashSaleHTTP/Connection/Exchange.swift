// One request and its answer, as the instruments and the access log see it.

internal import FlashSale
internal import NIOHTTP1
internal import Telemetry

/// A class, because several types share it. It belongs to its connection's event loop alone.
final class Exchange {
    /// The status in metrics and logs if the client has gone before its answer.
    static let statusOfGoneClient = 499

    let route: Route
    let head: HTTPRequestHead
    /// The fields of its log lines.
    let context: RequestContext
    let startedAt: MonotonicTime
    /// The client, as far as trusted proxies know it.
    let client: ClientAddress?
    /// Whether the client wants to go on using the connection.
    let isKeepAlive: Bool
    /// Why the request is not served, if that was clear from its head.
    var refusal: Reason?
    var bodyBytes = 0
    /// Why the answer is a refusal, if it is one.
    var refusedFor: Reason?
    /// Its number on the connection.
    let number: UInt64
    /// The trace of the request; nil if it is not traced.
    var trace: Trace?

    var id: String { context.requestID }
    var method: HTTPMethod { head.method }

    init(
        route: Route, head: HTTPRequestHead, context: RequestContext, startedAt: MonotonicTime, client: ClientAddress?,
        isKeepAlive: Bool, number: UInt64
    ) {
        self.route = route
        self.head = head
        self.context = context
        self.startedAt = startedAt
        self.client = client
        self.isKeepAlive = isKeepAlive
        self.number = number
    }
}

extension HTTPHeaders {
    /// The client's id of its request; nil if it gave none, or a malformed one.
    var requestID: String? { first(name: "x-request-id").flatMap { isWellFormedIdentifier($0) ? $0 : nil } }
}
