// The address of the collector, from the environment's URL.

public import Telemetry
public import Textbook

/// An HTTP endpoint of a collector, for one signal.
public struct CollectorEndpoint: Sendable, Hashable {
    public let usesTLS: Bool
    public let server: HostPort
    /// The path that requests go to.
    public let path: String

    /// Reads a URL for all signals: `http://host:port/base` or `https://…`; the signal's path is appended.
    ///
    /// Nil if it is no such URL.
    public init?(url: String, signal: ExportSignal) {
        guard let address = Self.address(url) else { return nil }
        let base = String(address.path.reversed().drop { $0 == "/" }.reversed())
        self.init(address, path: base + "/v1/\(signal.rawValue)")
    }

    /// Reads a URL for one signal and takes its path unchanged.
    public init?(urlOfSignal url: String) {
        guard let address = Self.address(url) else { return nil }
        self.init(address, path: address.path.isEmpty ? "/" : String(address.path))
    }

    private init(_ address: HTTPAddress, path: String) {
        (usesTLS, server) = (address.isSecure, address.server)
        self.path = path
    }

    /// A collector's address has nothing behind its path.
    private static func address(_ url: String) -> HTTPAddress? {
        HTTPAddress(url).flatMap { $0.path == $0.rest ? $0 : nil }
    }
}
