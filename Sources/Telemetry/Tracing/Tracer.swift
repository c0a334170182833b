// The start and the end of every trace of the process. The exporter sends the traces on.

internal import Synchronization

/// Makes traces. It decides at the start of each whether to record it, and at its end whether to export it.
public final class Tracer: Sendable {
    /// The most traces a second that are exported although they were not sampled: an incident must not flood the
    /// collector.
    public static let keptPerSecond = 50.0

    let memory = SpanMemory()
    private let sampler: Sampler
    private let slow: UInt64
    private let instruments: TracingInstruments
    private let numbers: SpanNumbers
    private let keeping = Mutex(TokenBucket(ratePerSecond: keptPerSecond))
    private let export: @Sendable (Trace) -> Void

    /// - Parameters:
    ///   - slow: a trace that takes longer is exported although it was not sampled.
    ///   - export: takes traces that have ended; must return at once.
    public init(
        sampler: Sampler, slow: Duration, instruments: TracingInstruments,
        export: @escaping @Sendable (Trace) -> Void
    ) {
        self.sampler = sampler
        self.slow = slow.wholeNanoseconds
        self.instruments = instruments
        self.export = export
        numbers = SpanNumbers()
    }

    /// Begins a trace in this process with its first span.
    ///
    /// - Parameters:
    ///   - parent: the caller's span; nil for a root.
    ///   - state: the parent's `tracestate`.
    ///   - request: the request that the trace is of; nil if it is of none.
    public func begin(
        _ name: SpanName, parent: TraceParent? = nil, state: TraceState? = nil, of request: RequestContext? = nil,
        at now: MonotonicTime = .now
    ) -> Trace {
        let start = numbers.start()
        let id = parent?.traceID ?? numbers.traceID(start)
        let decision = sampler.decide(id, parent: parent, state: state)
        var flags = parent.map { $0.flags.intersection(.random) } ?? .random
        if decision == .sample { flags.insert(.sampled) }
        let isSampledRoot = parent == nil && decision == .sample
        return Trace(
            id: id, parent: parent?.spanID, flags: flags, state: isSampledRoot ? sampler.stateOfSampled : state,
            decision: decision, requestContext: request, tracer: self, numbersFrom: start,
            root: SpanRecord(name, under: -1, from: now, to: MonotonicTime(nanoseconds: 0)))
    }

    /// Begins the trace of work for several other traces, and links to them.
    ///
    /// It is sampled if one of them is, so that their links lead somewhere.
    public func begin(_ name: SpanName, for others: [Trace], at now: MonotonicTime = .now) -> Trace {
        let start = numbers.start()
        let decision: SamplingDecision =
            others.contains { $0.decision == .sample }
            ? .sample : others.contains { $0.decision == .recordOnly } ? .recordOnly : .drop
        var links: [TraceParent] = []
        for other in others where other.decision == decision && links.count < Trace.linksMax {
            links.append(other.context)
        }
        return Trace(
            id: numbers.traceID(start), parent: nil, flags: decision == .sample ? [.random, .sampled] : .random,
            state: nil, decision: decision, requestContext: nil, tracer: self, numbersFrom: start,
            root: SpanRecord(name, under: -1, from: now, to: MonotonicTime(nanoseconds: 0)), links: links)
    }

    /// Begins work that follows from a trace and outlives it, under the span that is open there.
    func begin(_ name: SpanName, after other: Trace, at now: MonotonicTime) -> Trace {
        let context = other.context
        return Trace(
            id: other.id, parent: context.spanID, flags: context.flags, state: other.state,
            decision: other.decision, requestContext: other.requestContext, tracer: self, numbersFrom: numbers.start(),
            root: SpanRecord(name, under: -1, from: now, to: MonotonicTime(nanoseconds: 0)))
    }

    /// Why a trace that was not sampled is exported now; nil if there is no reason, or if too many had one within the
    /// second.
    func reasonToKeep(duration: UInt64, isError: Bool, isInvariantHit: Bool, at now: MonotonicTime) -> KeepReason? {
        let reason: KeepReason? =
            if isInvariantHit { .invariant } else if isError { .error } else if duration > slow { .slow } else { nil }
        guard let reason, keeping.withLock({ $0.take(at: now) }) else { return nil }
        return reason
    }

    func ended(_ trace: Trace, spans: Int, lost: Int, isExported: Bool) {
        let sampling: SpanSampling = trace.decision == .sample ? .sampled : .recordOnly
        instruments.spansStartedTotal.increment(sampling, by: UInt64(spans + lost))
        if lost > 0 { instruments.spansDroppedTotal.increment(.tooLarge, by: UInt64(lost)) }
        if isExported {
            export(trace)
        } else {
            instruments.spansDroppedTotal.increment(.unsampled, by: UInt64(spans))
        }
    }
}
