// Delivers a body, gives it up, or is cut short by the shutdown. All signals use it.
//
//     body ──► request ──200──► delivered, except for what the collector refuses
//                ▲  │ 429, 502, 503, 504, no answer
//                └pause, five tries, its time─► else: failed
//
// A collector that says when to come again is not asked before, neither for this body nor for the next.

internal import Logging
internal import NIOCore
internal import Synchronization
internal import Telemetry

/// Delivers the bodies of one signal to its collector, and counts the requests.
///
/// Trust rule: one delivery is under way at a time; its exporter sees to that.
final class CollectorDelivery: Sendable {
    enum Outcome: Equatable {
        /// The collector has the body, except for the items that it refused; their number.
        case delivered(rejected: Int)
        case failed
        /// The task was cancelled between two tries.
        case cancelled
    }

    let pace: ExportPace
    private let signal: ExportSignal
    private let destination: CollectorDestination
    /// How long a body is tried.
    private let timeMax: Duration
    private let client: CollectorClient
    private let instruments: ExportInstruments
    private let logger: Logger
    private let complainedAt = Mutex<MonotonicTime?>(nil)
    /// Until when the collector has asked to be left alone.
    private let restsUntil = Mutex<MonotonicTime?>(nil)

    init(
        _ signal: ExportSignal, to destination: CollectorDestination, within timeMax: Duration = RetryPolicy.timeMax,
        instruments: ExportInstruments, logger: Logger, pace: ExportPace, eventLoop: any EventLoop
    ) {
        self.signal = signal
        self.destination = destination
        self.timeMax = timeMax
        self.instruments = instruments
        self.logger = logger
        self.pace = pace
        client = CollectorClient(destination, eventLoop: eventLoop)
    }

    /// Delivers a body, in as many tries as the policy allows.
    ///
    /// - Parameter count: the number of its items: spans, series or records.
    func deliver(_ body: [UInt8], of count: Int) async -> Outcome {
        guard await rest() else { return .cancelled }
        let bytes = destination.compresses ? gzip(body) : body
        var policy = RetryPolicy(startedAt: pace.now(), timeMax: timeMax, isPatient: signal != .metrics)
        while true {
            let startedAt = pace.now()
            let limit = min(destination.timeout, policy.timeLeft(at: startedAt))
            let answer = await client.send(bytes, within: limit)
            let now = pace.now()
            instruments.durationSeconds.observe(now.nanoseconds(since: startedAt), signal)
            let date = Int64(pace.real() / 1_000_000_000)
            let step = policy.decide(answer, at: now, date: date, random: pace.random())
            if let asked = policy.asked { restsUntil.withLock { $0 = now + asked } }
            switch step {
            case .delivered(let refused, let remark):
                let rejected = min(max(0, refused), count)
                instruments.requestsTotal.increment(ExportLabels(signal, rejected > 0 ? .partial : .ok))
                if rejected > 0 {
                    complain(of: rejected, "rejected", remark ?? "the collector refused some of a request", at: now)
                } else if let remark, isNews(at: now) {
                    // So a collector warns of what it took.
                    logger.warning(
                        "telemetry was exported, and the collector has a remark",
                        metadata: ["signal": "\(signal.rawValue)", "why": "\(remark)"])
                }
                return .delivered(rejected: rejected)
            case .retry(let pause):
                instruments.requestsTotal.increment(ExportLabels(signal, .retryable))
                if pause >= ExportLimits.complaintInterval, isNews(at: now) {
                    logger.warning(
                        "telemetry waits, because the collector asks for it",
                        metadata: ["signal": "\(signal.rawValue)", "seconds": "\(pause.components.seconds)"])
                }
                guard (try? await pace.pause(.beforeRetry, pause)) != nil else { return .cancelled }
            case .drop(let why):
                instruments.requestsTotal.increment(ExportLabels(signal, answer.isRetryable ? .retryable : .fatal))
                complain(of: count, "export_failed", why, at: now)
                return .failed
            }
        }
    }

    func close() async { await client.close() }

    /// Waits for as long as the collector has asked for. False if the task is cancelled meanwhile.
    func rest() async -> Bool {
        let now = pace.now()
        guard let end = restsUntil.withLock(\.self), now < end else { return true }
        let left = Duration.nanoseconds(Int64(end.nanoseconds(since: now)))
        return (try? await pace.pause(.beforeRetry, left)) != nil
    }

    /// Whether it is time for a line. True once in each interval.
    private func isNews(at now: MonotonicTime) -> Bool {
        complainedAt.withLock { last in
            if let last, now < last + ExportLimits.complaintInterval { return false }
            last = now
            return true
        }
    }

    private func complain(of count: Int, _ reason: String, _ why: String, at now: MonotonicTime) {
        guard isNews(at: now) else { return }
        logger.warning(
            "telemetry was not exported",
            metadata: [
                "signal": "\(signal.rawValue)", "items": "\(count)", "drop_reason": "\(reason)", "why": "\(why)",
            ])
    }
}
