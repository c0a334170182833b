// Records every request once in the metrics and in the access log, however it ended. No text of a client becomes a
// label.

internal import Logging
internal import NIOCore
internal import Telemetry

struct ExchangeObserver: Sendable {
    /// Nil if nothing is measured and only failed requests are logged.
    let instruments: HTTPInstruments?
    let scrapes: ScrapeInstruments
    let logger: Logger
    let logRequest: Operations.RequestLog
    /// Whether the listener's connections count as connections of clients.
    let countsConnections: Bool
    /// A request that takes longer than this, in nanoseconds, is slow.
    let slowThreshold: UInt64
    let lineBounds: LineBounds

    func connectionOpened() {
        guard countsConnections, let instruments else { return }
        instruments.connectionsTotal.increment()
        instruments.connectionsOpen.increment()
    }

    func connectionClosed() {
        guard countsConnections, let instruments else { return }
        instruments.connectionsOpen.decrement()
    }

    func began() {
        instruments?.requestsInFlight.increment()
    }

    func rejected(_ reason: RejectionReason) {
        instruments?.requestsRejectedTotal.increment(reason)
    }

    func answering(_ exchange: Exchange, at now: MonotonicTime) {
        guard let instruments else { return }
        let duration = now.nanoseconds(since: exchange.startedAt)
        instruments.requestTimeToFirstByteSeconds.observe(duration, exchange.route.handler)
    }

    /// The last byte is written, or never will be.
    ///
    /// - Parameter exemplar: points to the request's trace if that is exported.
    func ended(_ exchange: Exchange, status: Int, bytes: Int, at now: MonotonicTime, exemplar: Exemplar?) {
        guard let instruments else { return }
        let method = Method(exchange.method)
        let duration = now.nanoseconds(since: exchange.startedAt)
        let labels = RequestLabels(exchange.route.handler, method, StatusCode(code: status))
        instruments.requestDurationSeconds.observe(duration, labels, exemplar: exemplar)
        instruments.requestSizeBytes.observe(UInt64(exchange.bodyBytes), method, at: now)
        instruments.responseSizeBytes.observe(UInt64(bytes), exchange.route.handler)
        instruments.requestsInFlight.decrement()
        if exchange.route == .metrics { scrapeEnded(status: status) }
        log(exchange, method, status: status, duration: duration)
    }

    private func log(_ exchange: Exchange, _ method: Method, status: Int, duration: UInt64) {
        let isSlow = duration > slowThreshold
        let isRefused = (400..<500).contains(status) && status != Exchange.statusOfGoneClient || status == 503
        let kind: LineBounds.Kind? = isRefused ? .refused(exchange.refusedFor) : isSlow ? .slow : nil
        if let kind, !lineBounds.admits(kind) { return }
        logRequest(kind != nil || status >= 500) {
            RequestLine(
                logger: logger.label, requestID: exchange.id, handler: exchange.route.handler, method: method,
                path: exchange.route.template, status: status, duration: duration, isSlow: isSlow,
                client: exchange.client?.description, userID: exchange.context.userID,
                trace: exchange.trace?.rootContext)
        }
    }

    private func scrapeEnded(status: Int) {
        switch StatusCode(code: status) {
        case .clientClosed: scrapes.scrapeErrorsTotal.increment(.clientClosed)
        case .serviceUnavailable: scrapes.scrapeErrorsTotal.increment(.tooMany)
        default: break
        }
    }

    /// Logs an internal error with the request id that its client can quote.
    func failed(_ exchange: Exchange) {
        var metadata: Logger.Metadata = [
            "component": "http", "request_id": .string(exchange.id),
            "operation": .string(exchange.route.handler.rawValue), "path": .string(exchange.route.template),
        ]
        if let trace = exchange.trace { metadata.merge(trace.context.logMetadata) { own, _ in own } }
        logger.error("request failed inside", metadata: metadata)
    }
}
