// Where a receiver is.

/// `https://host[:port][/path][?query]`, or the same with `http` on this machine.
///
/// What is told names buyers, so it crosses no network in the clear. The path may have a secret of the receiver's.
public struct WebhookAddress: Sendable, CustomStringConvertible {
    /// A name or an address; an IPv6 address has no brackets.
    let host: String
    let port: Int
    let isSecure: Bool
    /// The path and the query.
    let target: String

    /// Nil for a text of another form.
    public init?(_ text: String) {
        let form = #/(https?):\/\/(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._\-]+)(?::([0-9]{1,5}))?([\/?][!-~]*)?/#
        guard text.utf8.count <= 2_048, let match = text.wholeMatch(of: form), !text.contains("#"),
            let port = match.3.map({ Int($0) }) ?? (match.1 == "http" ? 80 : 443), (1...65_535).contains(port)
        else { return nil }
        host = String(match.2.drop { $0 == "[" }.prefix { $0 != "]" })
        self.port = port
        isSecure = match.1 == "https"
        let rest = String(match.4 ?? "/")
        target = rest.hasPrefix("/") ? rest : "/" + rest
        guard isSecure || Self.isLoopback(host) else { return nil }
    }

    private static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host.wholeMatch(of: #/127(\.[0-9]{1,3}){3}/#) != nil
    }

    public var description: String { "\(isSecure ? "https" : "http")://\(host):\(port)/…" }
}
