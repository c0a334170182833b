// Where the service listens and who may create sales.

/// The settings of the HTTP side.
public struct HTTPConfiguration: Sendable {
    /// Where buyers connect. Port 0 takes a free one.
    public var api = ListenAddress(host: "0.0.0.0", port: 8_080)
    /// Where probes and scrapes connect. It has an event loop of its own and answers while the API's loops are busy.
    public var operations = ListenAddress(host: "127.0.0.1", port: 9_464)
    /// Whether the API's listener serves `/metrics` too.
    public var servesMetricsOnAPI = true
    /// The bearer token of POST /admin/sales. Without one, every token is wrong.
    public var adminToken: String?
    /// Whether requests are measured and logged.
    public var isObserving = true
    public var limits = HTTPLimits()

    public init() {}
}

/// A host (a name or an address) and a TCP port.
public struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
    public var host: String
    public var port: Int

    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
