// What the traces of a process share. It knows nothing of a single trace.

internal import Synchronization

/// The memory and the ids of spans, their counts, and the decision which traces are exported at their end.
final class TraceKeeper: Sendable {
    /// The most traces a second that are exported although they were not sampled: an incident must not flood the
    /// collector.
    static let keptPerSecond = 50.0

    let memory = SpanMemory()
    let numbers = SpanNumbers()
    private let slow: UInt64
    private let instruments: TracingInstruments
    private let keeping = Mutex(TokenBucket(ratePerSecond: keptPerSecond))

    init(slow: Duration, instruments: TracingInstruments) {
        self.slow = slow.wholeNanoseconds
        self.instruments = instruments
    }

    /// Why a trace that was not sampled is exported now; nil if there is no reason, or if too many had one within the
    /// second.
    func reasonToKeep(duration: UInt64, isError: Bool, isInvariantHit: Bool, at now: MonotonicTime) -> KeepReason? {
        let reason: KeepReason? =
            if isInvariantHit { .invariant } else if isError { .error } else if duration > slow { .slow } else { nil }
        guard let reason, keeping.withLock({ $0.take(at: now) }) else { return nil }
        return reason
    }

    /// Counts the spans of a trace that has ended.
    func count(spans: Int, lost: Int, isSampled: Bool, isExported: Bool) {
        instruments.spansStartedTotal.increment(isSampled ? .sampled : .recordOnly, by: UInt64(spans + lost))
        if lost > 0 { instruments.spansDroppedTotal.increment(.tooLarge, by: UInt64(lost)) }
        if !isExported { instruments.spansDroppedTotal.increment(.unsampled, by: UInt64(spans)) }
    }
}
