// The address of the collector, from the environment's URL.

public import Telemetry

/// An HTTP endpoint of a collector, for one signal.
public struct CollectorEndpoint: Sendable, Hashable {
    public let usesTLS: Bool
    public let host: String
    public let port: Int
    /// The path that requests go to.
    public let path: String

    /// Host and port, as a request names them.
    var authority: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Reads a URL for all signals: `http://host:port/base` or `https://…`; the signal's path is appended.
    ///
    /// Without a port the URL means 4318 for http, the collectors' port, and 443 for https. Nil if it is no such URL.
    public init?(url: String, signal: ExportSignal) {
        guard let parts = Self.parse(url) else { return nil }
        let base = String(parts.path.reversed().drop { $0 == "/" }.reversed())
        self.init(parts, path: base + "/v1/\(signal.rawValue)")
    }

    /// Reads a URL for one signal and takes its path unchanged.
    public init?(urlOfSignal url: String) {
        guard let parts = Self.parse(url) else { return nil }
        self.init(parts, path: parts.path.isEmpty ? "/" : String(parts.path))
    }

    private typealias Parts = (usesTLS: Bool, host: String, port: Int, path: Substring)

    private init(_ parts: Parts, path: String) {
        (usesTLS, host, port) = (parts.usesTLS, parts.host, parts.port)
        self.path = path
    }

    private static func parse(_ url: String) -> Parts? {
        guard let colon = url.firstIndex(of: ":") else { return nil }
        let (scheme, rest) = (url[..<colon].lowercased(), url[colon...].dropFirst("://".count))
        guard scheme == "http" || scheme == "https", url[colon...].hasPrefix("://") else { return nil }
        let usesTLS = scheme == "https"
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
        guard !host.isEmpty, rest.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        let path = rest.dropFirst(authority.count)
        if port.isEmpty { return (usesTLS, String(host), usesTLS ? 443 : 4_318, path) }
        guard port.hasPrefix(":"), let number = Int(port.dropFirst()), (1...65_535).contains(number) else {
            return nil
        }
        return (usesTLS, String(host), number, path)
    }
}
