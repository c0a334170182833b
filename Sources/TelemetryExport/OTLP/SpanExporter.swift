// From ended traces to the collector, behind everybody's back.
//
//     export ──room──► queue ──512 spans, or 5 s──► batch ──► request ──200──► done
//        └ full: dropped                              ▲          │ 429, 502, 503, 504, no answer
//                                                     └──pause───┘ else, or too often: dropped
//
// Trust rule: whoever hands a trace over never waits and never allocates; a collector that is slow, dead or hostile
// costs spans, which are counted, and nothing else. There is one request at a time.

public import Logging
internal import NIOCore
internal import NIOPosix
public import ServiceLifecycle
internal import Synchronization
public import Telemetry

/// Sends traces to a collector by OTLP over HTTP, in Protocol Buffers.
///
/// In a service group it stands behind the log and before all whose traces it takes: it is stopped after them.
public final class SpanExporter: Service {
    private let settings: ExportSettings
    private let instruments: TracingInstruments
    private let logger: Logger
    private let pace: ExportPace
    private let group: MultiThreadedEventLoopGroup
    private let client: CollectorClient
    private let queue: Mutex<SpanQueue>
    private let isStopped = Atomic<Bool>(false)
    private let complainedAt = Mutex<MonotonicTime?>(nil)
    private let rounds: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    public convenience init(_ settings: ExportSettings, instruments: TracingInstruments, logger: Logger) {
        self.init(settings, instruments: instruments, logger: logger, pace: .standard)
    }

    init(_ settings: ExportSettings, instruments: TracingInstruments, logger: Logger, pace: ExportPace) {
        self.settings = settings
        self.instruments = instruments
        self.logger = logger
        self.pace = pace
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        var fields = [
            ("User-Agent", "OTel-OTLP-Exporter-Swift/\(Self.version)"), ("Content-Type", "application/x-protobuf"),
        ]
        if settings.compresses { fields.append(("Content-Encoding", "gzip")) }
        fields += settings.headers.map { ($0.name, $0.value) }
        client = CollectorClient(endpoint: settings.endpoint, fields: fields, eventLoop: group.next())
        queue = Mutex(SpanQueue(spansMax: ExportSettings.queuedSpans))
        (rounds, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        instruments.spanQueueCapacity.set(ExportSettings.queuedSpans)
    }

    private static let version = "1.0"
    /// The log hears of lost spans at most this often.
    private static let complaintInterval = Duration.seconds(60)

    /// Takes a trace that has ended, or counts its spans as dropped. Returns at once.
    public func export(_ trace: Trace) {
        let isStopped = isStopped.load(ordering: .relaxed)
        var isDue = false
        let isQueued =
            !isStopped
            && queue.withLock { queue in
                let before = queue.spanCount
                guard queue.push(trace) else { return false }
                isDue = before < ExportSettings.spansPerRequest && queue.spanCount >= ExportSettings.spansPerRequest
                instruments.spanQueueSize.set(queue.spanCount)
                return true
            }
        if !isQueued {
            instruments.spansDroppedTotal.increment(isStopped ? .shutdown : .queueFull, by: UInt64(trace.spanCount))
        }
        if isDue { wake.yield() }
    }

    /// Exports until the graceful shutdown or until the task is cancelled, then what is left, for five seconds at most.
    public func run() async {
        let worker = Task { await work() }
        let clock = Task { [pace, wake] in
            while (try? await pace.pause(.untilRound, ExportSettings.interval)) != nil { wake.yield() }
        }
        try? await gracefulShutdown()
        clock.cancel()
        wake.finish()
        let limit = Task { [pace] in
            try? await pace.pause(.untilShutdownLimit, ExportSettings.shutdownLimit)
            worker.cancel()
        }
        await worker.value
        limit.cancel()
        isStopped.store(true, ordering: .relaxed)
        while let batch = next() { drop(batch.reduce(0) { $0 + $1.spanCount }, .shutdown) }
        await client.close()
        try? await group.shutdownGracefully()
    }

    /// Sends all that waits. Returns when it is delivered, dropped, or the task is cancelled.
    func drain() async {
        while !Task.isCancelled, let batch = next() { await deliver(batch) }
    }

    private func work() async {
        for await _ in rounds { await drain() }
        await drain()
    }

    private func next() -> [Trace]? {
        queue.withLock { queue in
            let batch = queue.pop(spansMax: ExportSettings.spansPerRequest)
            instruments.spanQueueSize.set(queue.spanCount)
            return batch.isEmpty ? nil : batch
        }
    }

    private func deliver(_ traces: [Trace]) async {
        let spans = traces.reduce(0) { $0 + $1.spanCount }
        var body = TraceRequest(settings.resource, now: (pace.real(), pace.now())).encode(traces)
        if settings.compresses { body = gzip(body) }
        var policy = RetryPolicy(startedAt: pace.now())
        while true {
            let startedAt = pace.now()
            let answer = await client.send(body, within: settings.timeout)
            let now = pace.now()
            instruments.exportDurationSeconds.observe(now.nanoseconds(since: startedAt))
            let date = Int64(pace.real() / 1_000_000_000)
            switch policy.decide(answer, at: now, date: date, random: pace.random()) {
            case .delivered(let refused):
                let rejected = min(max(0, refused), spans)
                instruments.exportRequestsTotal.increment(rejected > 0 ? .partial : .ok)
                instruments.spansExportedTotal.increment(by: UInt64(spans - rejected))
                if rejected > 0 { drop(rejected, .rejected, "the collector refused some of a batch's spans", at: now) }
                return
            case .retry(let pause):
                instruments.exportRequestsTotal.increment(.retryable)
                guard (try? await pace.pause(.beforeRetry, pause)) != nil else { return drop(spans, .shutdown) }
            case .drop(let why):
                instruments.exportRequestsTotal.increment(answer.isRetryable ? .retryable : .fatal)
                drop(spans, .exportFailed, why, at: now)
                return
            }
        }
    }

    private func drop(_ spans: Int, _ reason: SpanDropReason) {
        instruments.spansDroppedTotal.increment(reason, by: UInt64(spans))
    }

    private func drop(_ spans: Int, _ reason: SpanDropReason, _ why: String, at now: MonotonicTime) {
        drop(spans, reason)
        let isNews = complainedAt.withLock { last in
            if let last, now < last + Self.complaintInterval { return false }
            last = now
            return true
        }
        guard isNews else { return }
        logger.warning(
            "spans were not exported",
            metadata: ["spans": "\(spans)", "drop_reason": "\(reason.rawValue)", "why": "\(why)"])
    }
}
