// The address of the service: a plain HTTP origin.

import NIOCore

/// The service under test.
struct Target: Hashable, Sendable, CustomStringConvertible {
    let host: String
    let port: Int

    struct Invalid: Error, CustomStringConvertible {
        let text: String

        var description: String { "`\(text)` is no target: it must be like http://127.0.0.1:8080." }
    }

    init(parsing text: String) throws(Invalid) {
        guard let match = text.wholeMatch(of: #/http://(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.\-]+)(?::(\d{1,5}))?/?/#),
            let port = match.2.map({ Int($0) }) ?? 80, (1...65_535).contains(port)
        else { throw Invalid(text: text) }
        host = match.1.first == "[" ? String(match.1.dropFirst().dropLast()) : String(match.1)
        self.port = port
    }

    /// The form of the `Host` field.
    var authority: String { (host.contains(":") ? "[\(host)]" : host) + ":\(port)" }

    var description: String { "http://\(authority)" }

    /// Looked up once, so that no connection waits for a resolver.
    func address() throws -> SocketAddress {
        try SocketAddress.makeAddressResolvingHost(host, port: port)
    }
}
