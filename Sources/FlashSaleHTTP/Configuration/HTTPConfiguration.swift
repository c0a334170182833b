// Where the service listens, for which shops, and who may create sales.

public import Textbook
public import Tokens

/// The settings of the HTTP side.
public struct HTTPConfiguration: Sendable {
    /// Where buyers connect. Port 0 takes a free one.
    public var api = ListenAddress(host: "0.0.0.0", port: 8_080)
    /// Where probes and scrapes connect. It has an event loop of its own and answers while the API's loops are busy.
    public var operations = ListenAddress(host: "127.0.0.1", port: 9_464)
    /// PEM files of the API's certificate, with those that lead to its authority, and of its private key. Without
    /// them the API speaks plain text.
    public var tlsCertificate: String?
    public var tlsKey: String?
    /// Whether the connections of trusted proxies to the API begin with a header of the PROXY protocol.
    public var readsProxyHeaders = false
    public var identity = Identity.off
    /// A file with a JWK set, and the secret that is shared with the signer of tokens. One of them is there if identity
    /// is required.
    public var identityKeys: String?
    public var identitySecret: Secret?
    public var tokenRules = TokenRules(issuer: "flashsale", audience: "flashsale")
    /// Whether the page signs anybody in by any name, where identity is required: on a developer's machine alone.
    public var signsAnybodyIn = false
    public var metricsOnAPI = MetricsOnAPI.loopback
    /// The bearer token of operators. Without one, every token is wrong.
    public var adminToken: Secret?
    /// Proxies whose headers say who the client is and whether it is traced, and whose connections no bound counts.
    public var trustedProxies: [NetworkRange] = []
    /// Networks that may have any share of the connections. This machine is one: what runs here can do worse.
    public var unboundNetworks = ["127.0.0.0/8", "::1/128"].compactMap { NetworkRange($0) }
    /// The origins whose pages may call buyers' routes from a browser.
    public var origins: [WebOrigin] = []
    public var shops = ShopDirectory()
    /// Whether the API's port shows buyers a page at `/`.
    public var showsPage = true
    /// Whether requests are measured and logged.
    public var isObserving = true
    public var limits = HTTPLimits()

    public init() {}

    /// Whether buyers prove who they are.
    public enum Identity: String, CaseIterable, Sendable {
        /// A buyer is whoever a request names, and a code is its holder's word.
        case off
        /// A buyer is the bearer of a token, and nobody else can use its codes.
        case required
    }

    /// Whether the API's listener serves `/metrics` too.
    public enum MetricsOnAPI: String, CaseIterable, Sendable {
        /// Only while it listens on loopback.
        case loopback
        case on
        case off
    }

    var servesMetricsOnAPI: Bool {
        switch metricsOnAPI {
        case .loopback: api.isLoopback
        case .on: true
        case .off: false
        }
    }
}
