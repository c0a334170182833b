// One request and its answer, as the instruments and the access log see it.

internal import NIOCore
internal import NIOHTTP1
internal import Telemetry

struct Exchange: Sendable {
    let route: Route
    let method: HTTPMethod
    let id: String
    let startedAt: MonotonicTime
    /// Where the connection comes from: the client, or what stands between.
    let client: SocketAddress?
    /// Whether the client wants to go on using the connection.
    let isKeepAlive: Bool
    /// Why the request is not served, if that was clear from its head.
    var refusal: Reason?
    var bodyBytes = 0
    /// Why the answer is a refusal, if it is one.
    var refusedFor: Reason?
    /// Told apart from the exchanges before it on the connection.
    let number: UInt64
    /// What the request began with, for its span; nil if nobody traces it.
    var head: HTTPRequestHead?
    /// The trace of the request; nil if nobody traces it.
    var trace: Trace?
}
