// What a connection needs from its listener.

internal import Telemetry

extension ConnectionHandler {
    /// What all connections of a listener share.
    struct Environment: Sendable {
        let routes: Routes
        let limits: HTTPLimits
        /// What a buyer above its rate is told of it.
        var rateFields: [(String, String)] = []
        let bounds: ListenerBounds
        let proxies: TrustedProxies
        /// Whether connections of trusted proxies begin with a PROXY header.
        var readsProxyHeaders = false
        /// Nil for plain text.
        var tls: ListenerTLS?
        let observer: ExchangeObserver
        /// Nil if no request is shed.
        var door: AdmissionDoor?
        /// Measures the loops of its connections; nil if nobody does.
        var meter: EventLoopMeter?
        /// Nil if nothing is traced.
        let tracer: Tracer?
        let live: LiveRequests
        /// Nil if no page of another origin may call.
        let crossOrigin: CrossOrigin?
    }
}
