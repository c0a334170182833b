// Where a server is, as URLs write it: RFC 3986, sections 3.2.2 and 3.2.3.

/// A name or an address, and a TCP port: `shop.example`, `10.0.0.7:8080`, `[fd00::7]:9464`.
public struct HostPort: Hashable, Sendable, CustomStringConvertible {
    /// An IPv6 address has no brackets, and may have a zone of this machine (`fe80::1%eth0`).
    public let host: String
    public let port: Int

    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Nil for a text of another form, such as one with a user or a path, or with an IPv6 address without brackets.
    ///
    /// - Parameter defaultPort: the port of a text that has none.
    public init?(_ text: Substring, defaultPort: Int) {
        let form =
            #/(?:\[([0-9A-Fa-f.]*:[0-9A-Fa-f.:]*(?:%[A-Za-z0-9._\-]+)?)\]|([A-Za-z0-9._\-]+))(?::([0-9]{1,5}))?/#
        guard let match = text.wholeMatch(of: form), let host = match.1 ?? match.2 else { return nil }
        let port = match.3.map { Int($0) ?? 0 }
        guard port.map({ (1...65_535).contains($0) }) ?? true else { return nil }
        self.init(host: String(host), port: port ?? defaultPort)
    }

    /// The host as a URL has it: an IPv6 address in brackets.
    public var hostOfURL: String { host.contains(":") ? "[\(host)]" : host }

    public var description: String { "\(hostOfURL):\(port)" }
}
