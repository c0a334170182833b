// The outermost middleware: what every request leaves behind in the metrics and in the access log, once, however it
// ended. Nothing a client wrote becomes a label.

internal import Logging
internal import NIOCore
internal import Telemetry

struct ExchangeObserver: Sendable {
    /// Nil if nothing is measured and no request logged but the failed ones.
    let instruments: HTTPInstruments?
    let scrapes: ScrapeInstruments
    let logger: Logger
    /// Decides about the lines of requests that are nothing special, before their fields are made.
    let admitLine: @Sendable (Logger.Level, String) -> LogAdmission?
    /// Whether the listener's connections count as clients'.
    let countsConnections: Bool
    /// What takes longer is always logged.
    let slowThreshold: Duration

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
    /// - Parameter exemplar: leads to the request's trace, if that is exported.
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

    private static let line = "request"

    private func log(_ exchange: Exchange, _ method: Method, status: Int, duration: UInt64) {
        guard logger.logLevel <= .info else { return }
        let isSlow = duration > slowThreshold.wholeNanoseconds
        // What the log keeps in any case it is not asked about.
        var admission: LogAdmission?
        if !isSlow, status < 500 {
            admission = admitLine(.info, Self.line)
            if admission == nil { return }
        }
        var metadata: Logger.Metadata = [
            "component": "http",
            "request_id": .string(exchange.id),
            "operation": .string(exchange.route.handler.rawValue),
            "method": .string(method.rawValue),
            "path": .string(exchange.route.template),
            "status_code": .stringConvertible(status),
            "duration_ms": .stringConvertible(Double(duration) / 1_000_000),
        ]
        if let address = exchange.client?.ipAddress { metadata["client_ip"] = .string(address) }
        if isSlow { metadata["slow"] = "true" }
        if let admission { metadata[LogAdmission.field] = .stringConvertible(admission) }
        if let trace = exchange.trace { metadata.merge(trace.logMetadata) { own, _ in own } }
        logger.info("\(Self.line)", metadata: metadata)
    }

    private func scrapeEnded(status: Int) {
        switch StatusCode(code: status) {
        case .clientClosed: scrapes.scrapeErrorsTotal.increment(.clientClosed)
        case .serviceUnavailable: scrapes.scrapeErrorsTotal.increment(.tooMany)
        default: break
        }
    }

    /// An answer that says it is our fault, logged with what its client can quote.
    func failed(_ exchange: Exchange) {
        var metadata: Logger.Metadata = [
            "component": "http", "request_id": .string(exchange.id),
            "operation": .string(exchange.route.handler.rawValue), "path": .string(exchange.route.template),
        ]
        if let trace = exchange.trace { metadata.merge(trace.logMetadata) { own, _ in own } }
        logger.error("request failed inside", metadata: metadata)
    }
}
