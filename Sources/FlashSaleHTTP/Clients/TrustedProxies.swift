// The proxies whose word counts: who the client behind them is, and which of its requests are traced.
//
// Trust rule: a header names the client only as far as trusted proxies wrote it. Each proxy appends the address of its
// own peer, so the list is read from its end, and the first address that is no trusted proxy is the client. What stands
// before that may be the client's own invention. From a peer that is not trusted, no header counts.

internal import NIOHTTP1
internal import Textbook

struct TrustedProxies: Sendable {
    /// The most proxies between a client and us.
    private static let hopsMax = 16

    let ranges: [NetworkRange]

    func trusts(_ peer: ClientAddress?) -> Bool { peer.map(ranges.contains) ?? false }

    /// The client of a request from a trusted peer; the peer itself if it names none.
    ///
    /// `X-Forwarded-For` counts before `Forwarded` (RFC 7239): most proxies write the one, and pass the other on as
    /// the client sent it.
    func client(behind peer: ClientAddress, _ headers: HTTPHeaders) -> ClientAddress {
        let forwardedFor = headers["x-forwarded-for"]
        return forwardedFor.isEmpty
            ? client(behind: peer, headers["forwarded"]) { Self.address(inForwarded: $0) }
            : client(behind: peer, forwardedFor) { Self.address(of: $0) }
    }

    private func client(
        behind peer: ClientAddress, _ fields: [String], _ address: (Substring) -> ClientAddress?
    ) -> ClientAddress {
        var nearest = peer
        var hops = 0
        for field in fields.reversed() {
            // An address has no comma, so a quote that a client left open cannot hide what a proxy appended.
            for hop in field.split(separator: ",", omittingEmptySubsequences: false).reversed() {
                hops += 1
                guard hops <= Self.hopsMax, let next = address(hop) else { return nearest }
                nearest = next
                guard ranges.contains(next) else { return next }
            }
        }
        return nearest
    }

    /// The `for` of an element like `for="[2001:db8::1]:4711";proto=https`.
    private static func address(inForwarded element: Substring) -> ClientAddress? {
        for pair in element.split(separator: ";") {
            let parts = pair.split(separator: "=", maxSplits: 1).map { $0.trimmingBlanks() }
            if parts.count == 2, parts[0].lowercased() == "for" { return address(of: parts[1]) }
        }
        return nil
    }

    /// An address with or without quotes, brackets and a port.
    private static func address(of text: Substring) -> ClientAddress? {
        var text = text.trimmingBlanks()
        if text.count >= 2, text.first == "\"", text.last == "\"" { text = text.dropFirst().dropLast() }
        if text.first == "[" { return text.firstIndex(of: "]").flatMap { ClientAddress(text[..<$0].dropFirst()) } }
        if let address = ClientAddress(text) { return address }
        return text.firstIndex(of: ":").flatMap { ClientAddress(text[..<$0]) }
    }
}
