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
    /// Told apart from the exchanges before it on the connection.
    let number: UInt64
}
