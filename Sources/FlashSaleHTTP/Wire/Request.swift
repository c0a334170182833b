// A whole request as the routes see it. Its head and body are within the limits, and it has a deadline.

internal import FlashSale
internal import NIOCore
internal import NIOHTTP1

struct Request: Sendable {
    let route: Route
    let method: HTTPMethod
    /// The text after the question mark, still encoded; empty if there is none.
    let query: Substring
    let headers: HTTPHeaders
    /// The body; nil if it is empty.
    let body: ByteBuffer?
    /// The client, as far as trusted proxies know it; nil if its connection has no address of the internet.
    let client: ClientAddress?
    /// The time by which the client must have its answer.
    let deadline: Deadline
}

/// The path and the query of a request target in origin form (`/a?b`) or absolute form (`http://host/a?b`).
func splitTarget(_ target: String) -> (path: Substring, query: Substring) {
    var rest = target[...]
    if rest.utf8.first != 0x2F, let scheme = rest.range(of: "://") {
        rest = rest[scheme.upperBound...].drop { $0 != "/" && $0 != "?" }
        // An address without a path is that of `/`.
        if rest.first != "/" { rest = "/" + rest }
    }
    guard let place = rest.withUTF8({ $0.firstIndex(of: 0x3F) }) else { return (rest, "") }
    let mark = rest.utf8.index(rest.startIndex, offsetBy: place)
    return (rest[..<mark], rest[rest.utf8.index(after: mark)...])
}

/// The host of a target in absolute form, which stands above the field `Host` (RFC 9112, section 3.2.2); nil in any
/// other form.
func host(ofTarget target: String) -> Substring? {
    guard target.utf8.first != 0x2F, let scheme = target[...].range(of: "://") else { return nil }
    return target[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" }
}

extension Substring {
    /// The first place of a short ASCII text.
    fileprivate func range(of text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}
