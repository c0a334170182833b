// The origin of a web page (RFC 6454), as settings write it and as browsers send it.

internal import Textbook

/// A scheme, a host and a port. A host has its letters of other scripts as `xn--…` only.
public struct WebOrigin: Hashable, Sendable, CustomStringConvertible {
    /// The ports that browsers leave out.
    private static let defaultPorts = ["http": 80, "https": 443]

    /// As a browser sends it: in lower case, without the scheme's default port.
    public let description: String

    /// Reads `https://shop.example` or `http://localhost:3000`. Nil for any other text, such as one with a path, `*` or
    /// `null`.
    public init?(_ text: some StringProtocol) {
        let text = text.lowercased()
        let parts = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, Self.isScheme(parts[0]) else { return nil }
        let defaultPort = Self.defaultPorts[String(parts[0])] ?? 0
        guard let server = HostPort(parts[1], defaultPort: defaultPort),
            !server.host.contains(":") || ClientAddress(server.host) != nil
        else { return nil }
        description = "\(parts[0])://" + (server.port == defaultPort ? server.hostOfURL : "\(server)")
    }

    private static func isScheme(_ text: Substring) -> Bool {
        text.wholeMatch(of: #/[a-z][a-z0-9+.\-]*/#) != nil
    }
}
