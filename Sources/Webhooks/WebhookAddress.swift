// Where a receiver is.

internal import Textbook

/// `https://host[:port][/path][?query]`, or the same with `http` on this machine.
///
/// What is told names buyers, so it crosses no network in the clear. The path may have a secret of the receiver's.
public struct WebhookAddress: Sendable, CustomStringConvertible {
    let url: HTTPAddress
    /// The path and the query.
    let target: String

    /// Nil for a text of another form.
    public init?(_ text: String) {
        guard text.utf8.count <= 2_048, let url = HTTPAddress(text), !url.rest.contains("#"),
            url.isSecure || Self.isLoopback(url.server.host)
        else { return nil }
        self.url = url
        target = (url.rest.hasPrefix("/") ? "" : "/") + url.rest
    }

    private static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host.wholeMatch(of: #/127(\.[0-9]{1,3}){3}/#) != nil
    }

    public var description: String { "\(url.isSecure ? "https" : "http")://\(url.server)/…" }
}
