// An address of HTTP, as settings write it: RFC 9110, section 4.2, without a user.

/// `http://host[:port]` or the same with `https`, and what follows it.
public struct HTTPAddress: Hashable, Sendable {
    public let isSecure: Bool
    public let server: HostPort
    /// The path, the query and the fragment, as they are written: printable ASCII, from a `/`, `?` or `#` on; or empty.
    public let rest: Substring

    /// Nil for a text of another form.
    public init?(_ text: String) {
        let scheme = text.prefix { $0 != ":" }
        let place = text.dropFirst(scheme.count)
        isSecure = scheme.lowercased() == "https"
        guard isSecure || scheme.lowercased() == "http", place.hasPrefix("://") else { return nil }
        let authority = place.dropFirst("://".count).prefix { !"/?#".contains($0) }
        guard let server = HostPort(authority, defaultPort: isSecure ? 443 : 80) else { return nil }
        self.server = server
        rest = text[authority.endIndex...]
        guard rest.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
    }

    /// What precedes the query and the fragment of the rest.
    public var path: Substring { rest.prefix { $0 != "?" && $0 != "#" } }
}
