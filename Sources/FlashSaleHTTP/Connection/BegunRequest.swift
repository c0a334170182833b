// A request while it arrives.

internal import FlashSale
internal import NIOCore
internal import NIOHTTP1

/// A request whose head has arrived.
struct BegunRequest {
    let exchange: Exchange
    let query: Substring
    let deadline: Deadline

    /// The whole request, for its route.
    func complete(body: ByteBuffer?) -> Request {
        Request(
            route: exchange.route, method: exchange.method, query: query, headers: exchange.head.headers, body: body,
            client: exchange.client, deadline: deadline)
    }
}
