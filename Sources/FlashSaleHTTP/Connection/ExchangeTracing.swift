// The span of a request: it begins with the caller's trace headers and ends with the answer's attributes.

internal import NIOCore
internal import NIOHTTP1
internal import Telemetry

/// Traces the requests of one connection. A class, so that a request takes one reference to it.
final class ExchangeTracing {
    private let tracer: Tracer
    private let peer: (host: String, port: Int)?
    private let server: (host: String, port: Int)?
    private let followsCallers: Bool

    /// - Parameter followsCallers: whether the callers decide what is sampled. A stranger's `traceparent` names the
    ///   trace and decides nothing.
    init(tracer: Tracer, channel: any Channel, followsCallers: Bool) {
        self.tracer = tracer
        self.followsCallers = followsCallers
        peer = Self.address(channel.remoteAddress)
        server = Self.address(channel.localAddress)
    }

    /// Begins the trace of a request, or none for probes and scrapes.
    func begin(_ exchange: Exchange) -> Trace? {
        guard !exchange.route.isProbe else { return nil }
        let headers = exchange.head.headers
        var parent: TraceParent?
        var state: TraceState?
        // Two traceparents count as a malformed one.
        if let field = headers.first(name: "traceparent") {
            parent = headers["traceparent"].count == 1 ? TraceParent(field) : nil
            if parent != nil { state = TraceState(headers["tracestate"]) }
        }
        return tracer.begin(
            .request, parent: parent, state: state, followsParent: followsCallers, of: exchange.context,
            at: exchange.startedAt)
    }

    /// Ends the trace of a request with its answer.
    ///
    /// - Returns: an exemplar that points to the trace; nil unless the trace is exported.
    func end(_ exchange: Exchange, status: Int, reason: Reason?, at now: MonotonicTime) -> Exemplar? {
        exchange.trace?.finish(isError: status >= 500, at: now) { span, request in
            span.set(.requestMethod, Method(exchange.method))
            span.set(.statusCode, Int64(status))
            if status >= 500 { span.set(.failureReason, reason ?? .internal) }
            let head = exchange.head
            var facts = RequestFacts(
                requestID: exchange.id, route: exchange.route.template, query: splitTarget(head.uri).query,
                protocolVersion: "\(head.version.major).\(head.version.minor)")
            facts.userAgent = head.headers.first(name: "user-agent")
            facts.peer = peer
            facts.client = exchange.client?.description
            facts.server = server
            facts.baggage = Baggage(head.headers["baggage"])
            request = facts
        }
    }

    private static func address(_ address: SocketAddress?) -> (host: String, port: Int)? {
        guard let address, let host = address.ipAddress else { return nil }
        return (host, address.port ?? 0)
    }
}
