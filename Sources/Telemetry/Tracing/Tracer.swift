// The start of every trace of the process. The exporter sends the traces on.

/// Makes traces. It decides at the start of each whether to record it.
public final class Tracer: Sendable {
    let keeper: TraceKeeper
    private let sampler: Sampler
    private let export: @Sendable (Trace) -> Void

    /// - Parameters:
    ///   - slow: a trace that takes longer is exported although it was not sampled.
    ///   - export: takes traces that have ended; must return at once.
    public init(
        sampler: Sampler, slow: Duration, instruments: TracingInstruments,
        export: @escaping @Sendable (Trace) -> Void
    ) {
        self.sampler = sampler
        self.export = export
        keeper = TraceKeeper(slow: slow, instruments: instruments)
    }

    /// Begins a trace in this process with its first span.
    ///
    /// - Parameters:
    ///   - parent: the caller's span; nil for a root.
    ///   - state: the parent's `tracestate`.
    ///   - followsParent: whether the parent may decide what is sampled. If not, neither its flag does nor the trace's
    ///     id, which the caller has chosen too.
    ///   - request: the request that the trace is of; nil if it is of none.
    public func begin(
        _ name: SpanName, parent: TraceParent? = nil, state: TraceState? = nil, followsParent: Bool = true,
        of request: RequestContext? = nil, at now: MonotonicTime = .now
    ) -> Trace {
        let start = keeper.numbers.start()
        let own = keeper.numbers.traceID(start)
        let id = parent?.traceID ?? own
        let decision =
            followsParent
            ? sampler.decide(id, parent: parent, state: state) : sampler.decide(own, parent: nil, state: nil)
        var flags = parent.map { $0.flags.intersection(.random) } ?? .random
        if decision == .sample { flags.insert(.sampled) }
        let isSampledRoot = parent == nil && decision == .sample
        return Trace(
            id: id, parent: parent?.spanID, flags: flags, state: isSampledRoot ? sampler.stateOfSampled : state,
            decision: decision, requestContext: request, numbersFrom: start, keeper: keeper, export: export,
            root: SpanRecord(name, under: -1, from: now, to: MonotonicTime(nanoseconds: 0)))
    }

    /// Begins the trace of work for several other traces, and links to them.
    ///
    /// It is sampled if one of them is, so that their links lead somewhere.
    public func begin(_ name: SpanName, for others: [Trace], at now: MonotonicTime = .now) -> Trace {
        let start = keeper.numbers.start()
        let decision: SamplingDecision =
            others.contains { $0.decision == .sample }
            ? .sample : others.contains { $0.decision == .recordOnly } ? .recordOnly : .drop
        var links: [TraceParent] = []
        for other in others where other.decision == decision && links.count < Trace.linksMax {
            links.append(other.context)
        }
        return Trace(
            id: keeper.numbers.traceID(start), parent: nil, flags: decision == .sample ? [.random, .sampled] : .random,
            state: nil, decision: decision, requestContext: nil, numbersFrom: start, keeper: keeper, export: export,
            root: SpanRecord(name, under: -1, from: now, to: MonotonicTime(nanoseconds: 0)), links: links)
    }
}
