// The destination of one signal, and how it is sent.

internal import TLSClient
public import Telemetry

/// A collector as one signal sees it.
public struct CollectorDestination: Sendable {
    public var endpoint: CollectorEndpoint
    /// Fields of every request, such as its credentials.
    public var headers: [LabelPair] = []
    /// How long one request may take.
    public var timeout = Duration.seconds(10)
    /// Whether bodies are sent as gzip.
    public var compresses = true
    /// The trust for a collector with TLS; nil for one without.
    var trust: TLSPolicy?

    init(endpoint: CollectorEndpoint, trust: TLSPolicy? = nil) {
        self.endpoint = endpoint
        self.trust = trust
    }
}
