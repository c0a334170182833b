// Where the collector is, from the URL that the environment names.

/// An HTTP endpoint of a collector.
public struct CollectorEndpoint: Sendable, Hashable {
    public let host: String
    public let port: Int
    /// The path that requests go to, `/v1/traces` included.
    public let path: String

    /// - Parameter url: `http://host:port/base`; the signal's path is put behind it. Nil if it is none, or asks for
    ///   TLS: a collector stands beside the service, or on the same machine.
    public init?(url: String) {
        guard url.hasPrefix("http://") else { return nil }
        let rest = url.dropFirst("http://".count)
        let authority = rest.prefix { $0 != "/" }
        guard !authority.contains("@"), !rest.contains("?"), !rest.contains("#") else { return nil }
        let (host, port): (Substring, Substring)
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            host = authority[authority.index(after: authority.startIndex)..<end]
            port = authority[authority.index(after: end)...]
        } else {
            host = authority.prefix { $0 != ":" }
            port = authority.dropFirst(host.count)
        }
        let isPlain = host.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        guard !host.isEmpty, isPlain, rest.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        if port.isEmpty {
            self.port = 4_318
        } else {
            guard port.hasPrefix(":"), let number = Int(port.dropFirst()), (1...65_535).contains(number) else {
                return nil
            }
            self.port = number
        }
        self.host = String(host)
        let base = rest.dropFirst(authority.count)
        path = (base.hasSuffix("/") ? base.dropLast() : base) + "/v1/traces"
    }
}
