// The spans of one request, or of one run of something in the background, in this process.
//
//     open ──begin, end, record──► open ──finish──► finished: exported, or forgotten
//
// Trust rule: a trace belongs to one task and to what it awaits. Work that runs beside it gets its own trace (`follow`,
// or a root with links). If two threads still meet here, the second loses its span: neither waits, and no memory is at
// risk. Calls after the end are ignored.

internal import Synchronization

/// A trace under way. It is found by one read of a task-local, which is set once for a request.
///
/// Unchecked because the compiler cannot see that only the thread that has set `isBusy` touches mutable state, until
/// `finish`; after that nothing changes.
public final class Trace: @unchecked Sendable {
    /// The trace of the request that this task works for; nil if it is not traced.
    @TaskLocal public static var current: Trace?

    /// Spans of one trace at most.
    public static let spansMax = 64
    /// Traces that one trace may link to at most.
    public static let linksMax = 8

    /// A span that has not ended, or none where there was no room for it.
    public struct OpenSpan: Sendable {
        fileprivate let place: Int8
    }

    public let id: TraceID
    /// The caller's span; nil if the trace begins here.
    public let parent: SpanID?
    public let flags: TraceFlags
    /// The parent's `tracestate`, or that of a sampled root.
    public let state: TraceState?
    public let decision: SamplingDecision
    /// The request that the trace is of; nil if it is of none.
    public let requestContext: RequestContext?
    /// Traces that this one works for.
    public let links: [TraceParent]
    /// The request's facts; nil unless the trace is of a request and is exported.
    public private(set) var request: RequestFacts?

    private let numbersFrom: UInt64
    private let keeper: TraceKeeper
    private let export: @Sendable (Trace) -> Void
    private let isBusy = Atomic<Bool>(false)
    private var spans: SpanMemory.Piece?
    private var capacity = SpanMemory.spansPerPiece
    private var count = 0
    private var lost = 0
    private var openPlace: Int8 = 0
    private var isInvariantHit = false
    private var isFinished = false

    init(
        id: TraceID, parent: SpanID?, flags: TraceFlags, state: TraceState?, decision: SamplingDecision,
        requestContext: RequestContext?, numbersFrom: UInt64, keeper: TraceKeeper,
        export: @escaping @Sendable (Trace) -> Void, root: SpanRecord, links: [TraceParent] = []
    ) {
        self.id = id
        self.parent = parent
        self.flags = flags
        self.state = state
        self.decision = decision
        self.requestContext = requestContext
        self.numbersFrom = numbersFrom
        self.keeper = keeper
        self.export = export
        self.links = links
        if decision != .drop {
            let memory = keeper.memory.take()
            memory.initialize(to: root)
            spans = memory
            count = 1
        }
    }

    deinit {
        guard let spans else { return }
        spans.deinitialize(count: count)
        if capacity == SpanMemory.spansPerPiece { keeper.memory.give(spans) } else { spans.deallocate() }
    }

    /// Begins a span under the one that is open, and makes it the open one.
    public func begin(_ name: SpanName, at now: MonotonicTime = .now) -> OpenSpan {
        let place: Int8? = access { _ in
            let span = SpanRecord(name, under: openPlace, from: now, to: MonotonicTime(nanoseconds: 0))
            guard let place = append(span) else { return -1 }
            openPlace = place
            return place
        }
        return OpenSpan(place: place ?? -1)
    }

    /// Ends a span, and those within it that were left open.
    ///
    /// - Parameter describe: adds the span's attributes.
    /// - Returns: the exemplar of the span; nil unless the trace is sampled.
    @discardableResult
    public func end(
        _ span: OpenSpan, at now: MonotonicTime = .now, _ describe: (inout SpanRecord) -> Void = { _ in }
    ) -> Exemplar? {
        guard span.place > 0 else { return nil }
        return access { spans in
            close(through: span.place, of: spans, at: now)
            describe(&spans[Int(span.place)])
            return exemplarIfSampled(at: span.place)
        } ?? nil
    }

    /// Adds a span that has ended already and had none within it.
    ///
    /// - Returns: the exemplar of the span; nil unless the trace is sampled and had room for it.
    @discardableResult
    public func record(
        _ name: SpanName, from start: MonotonicTime, to end: MonotonicTime,
        _ describe: (inout SpanRecord) -> Void = { _ in }
    ) -> Exemplar? {
        access { _ in
            guard let place = append(SpanRecord(name, under: openPlace, from: start, to: end)), let spans else {
                return nil
            }
            describe(&spans[Int(place)])
            return exemplarIfSampled(at: place)
        } ?? nil
    }

    /// Notes an event of the open span. The trace is then kept, as one that met a broken invariant is.
    public func note(_ event: SpanEvent, at now: MonotonicTime = .now) {
        access { spans in
            spans[Int(openPlace)].add(event, at: now)
            isInvariantHit = true
        }
    }

    /// A guard had to step in: the trace is exported, sampled or not.
    public func noteInvariant() {
        access { _ in isInvariantHit = true }
    }

    /// Ends the trace, once. Its spans are exported if it was sampled or if it ended badly, and forgotten otherwise.
    ///
    /// - Parameters:
    ///   - isError: whether its work failed by the service's fault.
    ///   - describe: adds the attributes of the first span and of the request; only called if the trace is exported.
    /// - Returns: the exemplar of the first span; nil unless the trace is exported.
    @discardableResult
    public func finish(
        isError: Bool = false, at now: MonotonicTime = .now,
        _ describe: (inout SpanRecord, inout RequestFacts?) -> Void = { _, _ in }
    ) -> Exemplar? {
        let isExported: Bool? = access { spans in
            close(through: 0, of: spans, at: now)
            isFinished = true
            if decision == .recordOnly {
                let duration = now.nanoseconds(since: spans[0].start)
                guard
                    let reason = keeper.reasonToKeep(
                        duration: duration, isError: isError, isInvariantHit: isInvariantHit, at: now)
                else { return false }
                spans[0].set(.samplingReason, reason)
            }
            spans[0].isError = isError
            describe(&spans[0], &request)
            return true
        }
        guard let isExported else { return nil }
        keeper.count(spans: count, lost: lost, isSampled: isSampled, isExported: isExported)
        guard isExported else { return nil }
        export(self)
        return exemplar(at: 0)
    }

    /// Begins a trace for work that follows from this one and that this one does not await.
    public func follow(_ name: SpanName, at now: MonotonicTime = .now) -> Trace {
        let context = context
        return Trace(
            id: id, parent: context.spanID, flags: context.flags, state: state, decision: decision,
            requestContext: requestContext, numbersFrom: keeper.numbers.start(), keeper: keeper, export: export,
            root: SpanRecord(name, under: -1, from: now, to: MonotonicTime(nanoseconds: 0)))
    }

    /// The parent of a span that begins now.
    public var context: TraceParent {
        TraceParent(traceID: id, spanID: spanID(at: Int(access { _ in openPlace } ?? 0)), flags: flags)
    }

    /// The first span of this process, as the answer names it.
    public var rootContext: TraceParent { TraceParent(traceID: id, spanID: spanID(at: 0), flags: flags) }

    /// Whether the spans will certainly be exported, so that an exemplar may point to them.
    public var isSampled: Bool { decision == .sample }
}

// For the exporter, after the end.
extension Trace {
    public var spanCount: Int { count }

    /// The spans in the order of their beginnings or records.
    public var records: UnsafeBufferPointer<SpanRecord> { UnsafeBufferPointer(start: spans, count: count) }

    public func spanID(at place: Int) -> SpanID { SpanNumbers.spanID(numbersFrom, place: place) }

    /// The parent of a span of this trace; nil for the first span of a root.
    public func parent(of span: SpanRecord) -> SpanID? {
        span.parentPlace < 0 ? parent : spanID(at: Int(span.parentPlace))
    }
}

extension Trace {
    /// Nil while it is not known whether the trace will be exported: an exemplar must not lead nowhere.
    private func exemplarIfSampled(at place: Int8) -> Exemplar? {
        isSampled ? exemplar(at: Int(place)) : nil
    }

    private func exemplar(at place: Int) -> Exemplar {
        Exemplar(traceIDHigh: id.high, traceIDLow: id.low, spanID: spanID(at: place).value)
    }

    /// Does something with the spans, unless there are none, the trace has ended, or another thread uses them.
    @discardableResult
    private func access<Result>(_ body: (SpanMemory.Piece) -> Result) -> Result? {
        guard let spans, !isBusy.exchange(true, ordering: .acquiring) else { return nil }
        defer { isBusy.store(false, ordering: .releasing) }
        return isFinished ? nil : body(spans)
    }

    private func append(_ record: consuming SpanRecord) -> Int8? {
        guard count < Self.spansMax else {
            lost += 1
            return nil
        }
        if count == capacity { grow() }
        guard let spans else { return nil }
        (spans + count).initialize(to: record)
        count += 1
        return Int8(count - 1)
    }

    private func grow() {
        guard let old = spans else { return }
        let large = SpanMemory.Piece.allocate(capacity: Self.spansMax)
        large.moveInitialize(from: old, count: count)
        keeper.memory.give(old)
        spans = large
        capacity = Self.spansMax
    }

    /// Ends the open spans from the innermost up to and with one of them. A span that is not open is left alone.
    private func close(through place: Int8, of spans: SpanMemory.Piece, at now: MonotonicTime) {
        guard spans[Int(place)].end.nanoseconds == 0 else { return }
        while openPlace >= place {
            spans[Int(openPlace)].end = now
            openPlace = spans[Int(openPlace)].parentPlace
        }
        if openPlace < 0 { openPlace = 0 }
    }
}
