// Traces from their first span to their end: which are recorded and exported, their memory and their ids.

import Logging
import Synchronization
import Testing

@testable import Telemetry

@Suite("Traces")
struct TraceTests {
    /// A tracer and the traces that it has exported.
    final class Bench: Sendable {
        let instruments = Instruments()
        let tracer: Tracer
        private let mailbox: Mailbox

        init(_ sampler: Sampler = Sampler(root: .always, followsParent: true)) {
            let mailbox = Mailbox()
            self.mailbox = mailbox
            tracer = Tracer(sampler: sampler, slow: .milliseconds(500), instruments: instruments.tracing) {
                mailbox.put($0)
            }
        }

        var exported: [Trace] { mailbox.traces }
        var started: UInt64 {
            SpanSampling.all.reduce(0) { $0 + instruments.tracing.spansStartedTotal.value($1) }
        }
        func dropped(_ reason: SpanDropReason) -> UInt64 { instruments.tracing.spansDroppedTotal.value(reason) }
    }

    final class Mailbox: Sendable {
        private let state = Mutex<[Trace]>([])
        var traces: [Trace] { state.withLock { $0 } }
        func put(_ trace: Trace) { state.withLock { $0.append(trace) } }
    }

    static let recordOnly = Sampler(root: .ratio(0), followsParent: true)
    static let parent = TraceParent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")!

    private func time(_ milliseconds: UInt64) -> MonotonicTime {
        MonotonicTime(nanoseconds: (1_000 + milliseconds) * 1_000_000)
    }

    @Test("Spans and leaves nest under the open span")
    func nesting() {
        let bench = Bench()
        let trace = bench.tracer.begin(.request, parent: Self.parent, at: time(0))
        let execute = trace.begin(.purchaseExecute, at: time(1))
        trace.record(.redisCommand, from: time(2), to: time(3)) { $0.set(.redisCommand, RedisCommandLabel.set) }
        let acquire = trace.begin(.lockAcquire, at: time(4))
        trace.record(.redisCommand, from: time(4), to: time(5))
        trace.end(acquire, at: time(6))
        trace.end(execute, at: time(7)) { $0.set(.itemsSold, 2) }
        trace.record(.statement, from: time(8), to: time(9))
        trace.finish(at: time(10))

        #expect(bench.exported.map(\.id) == [Self.parent.traceID])
        #expect(trace.records.map(\.parentPlace) == [-1, 0, 1, 1, 3, 0])
        #expect(trace.records.map { $0.end.nanoseconds / 1_000_000 - 1_000 } == [10, 7, 3, 6, 5, 9])
        #expect(trace.records.map { trace.parent(of: $0) }.first == Self.parent.spanID)
        #expect(trace.parent(of: trace.records[2]) == trace.spanID(at: 1))
        #expect(trace.records[1].number(.itemsSold) == 2)
        #expect(trace.records[2].label(.redisCommand) == "SET")
        #expect(trace.rootContext.flags == .sampled)
    }

    @Test("A span that was left open ends with the one around it")
    func leftOpen() {
        let trace = Bench().tracer.begin(.request, at: time(0))
        let outer = trace.begin(.purchaseExecute, at: time(1))
        let inner = trace.begin(.lockAcquire, at: time(2))
        trace.end(outer, at: time(3))
        trace.end(inner, at: time(9))
        _ = trace.begin(.gateSettle, at: time(4))
        trace.finish(at: time(5))
        #expect(trace.records.map { $0.end } == [time(5), time(3), time(3), time(5)])
        #expect(trace.records[3].parentPlace == 0)
    }

    @Test("Calls after the end are ignored")
    func late() {
        let bench = Bench()
        let trace = bench.tracer.begin(.request)
        let span = trace.begin(.purchaseExecute)
        trace.finish()
        trace.end(span) { $0.set(.itemsSold, 1) }
        trace.record(.statement, from: .now, to: .now)
        trace.note(.lockLost)
        trace.finish()
        _ = trace.begin(.lockAcquire)
        #expect(trace.spanCount == 2 && trace.records[1].attributeCount == 0)
        #expect(bench.exported.count == 1 && bench.started == 2)
    }

    @Test("A trace holds 64 spans, and counts those that it does not")
    func tooLarge() {
        let bench = Bench()
        let trace = bench.tracer.begin(.request)
        for number in 1..<70 {
            trace.record(.statement, from: .now, to: .now) { $0.set(.batchSize, Int64(number)) }
        }
        trace.finish()
        #expect(trace.records.dropFirst().map { $0.number(.batchSize) } == (1..<64).map { $0 })
        #expect(bench.dropped(.tooLarge) == 6)
        #expect(bench.started == 70)
    }

    @Test(
        "An unsampled root is exported only if it ended badly",
        arguments: [
            (false, 100, false, nil), (false, 500, false, nil), (false, 501, false, "slow"), (true, 1, false, "error"),
            (false, 1, true, "invariant"),
        ] as [(Bool, UInt64, Bool, String?)])
    func kept(isError: Bool, milliseconds: UInt64, isInvariantHit: Bool, reason: String?) {
        let bench = Bench(Self.recordOnly)
        let trace = bench.tracer.begin(.request, at: time(0))
        if isInvariantHit { trace.note(.lockLost, at: time(0)) }
        trace.finish(isError: isError, at: time(milliseconds))
        #expect(bench.exported.count == (reason == nil ? 0 : 1))
        #expect(bench.dropped(.unsampled) == (reason == nil ? 1 : 0))
        #expect(trace.records[0].label(.samplingReason) == reason)
        #expect(!trace.rootContext.flags.contains(.sampled))
        #expect(bench.instruments.tracing.spansStartedTotal.value(.recordOnly) == 1)
    }

    @Test("At most 50 unsampled traces a second are exported")
    func flood() {
        let bench = Bench(Self.recordOnly)
        for second in 0..<3 as Range<UInt64> {
            for _ in 0..<200 { bench.tracer.begin(.request).finish(isError: true, at: time(second * 1_000)) }
        }
        #expect(bench.exported.count == 150)
        #expect(bench.dropped(.unsampled) == 450)
    }

    @Test("The request's facts are made only for a trace that is exported", arguments: [true, false])
    func facts(isError: Bool) {
        var isAsked = false
        let trace = Bench(Self.recordOnly).tracer.begin(.request)
        trace.finish(isError: isError) { root, request in
            isAsked = true
            request = RequestFacts(requestID: "r", route: "/purchase", query: "code=1", protocolVersion: "1.1")
            root.set(.statusCode, 500)
        }
        #expect(isAsked == isError)
        #expect((trace.request != nil) == isError)
    }

    @Test(
        "A query is shown only as the names of known parameters",
        arguments: [
            ("code=7-abc", "code=REDACTED"), ("user_id=ann&id=ITM-1-2", "user_id=REDACTED&id=REDACTED"),
            ("", ""), ("7-abc", ""), ("CODE=1&c%6Fde=7-abc&x=7", ""), ("code", "code=REDACTED"),
        ])
    func query(sent: Substring, shown: String) {
        let facts = RequestFacts(requestID: "", route: "", query: sent, protocolVersion: "1.1")
        #expect(facts.redactedQuery == shown)
    }

    @Test("The next trace uses the memory of one that is released")
    func recycling() {
        let tracer = Bench(Self.recordOnly).tracer
        #expect(tracer.keeper.memory.count == 0)
        var first: Trace? = tracer.begin(.request)
        let address = first?.records.baseAddress
        first?.finish()
        #expect(tracer.keeper.memory.count == 0)
        first = nil
        #expect(tracer.keeper.memory.count == 1)
        let second = tracer.begin(.request)
        #expect(second.records.baseAddress == address && second.spanCount == 1)
        for _ in 0..<40 { second.record(.statement, from: .now, to: .now) }
        #expect(tracer.keeper.memory.count == 1 && second.spanCount == 41)
    }

    @Test("Two threads in one trace lose spans at worst")
    func collision() async {
        let bench = Bench()
        let trace = bench.tracer.begin(.request)
        await withTaskGroup { group in
            for _ in 0..<4 {
                group.addTask { @concurrent in
                    for _ in 0..<1_000 {
                        trace.end(trace.begin(.lockAcquire))
                        trace.record(.statement, from: .now, to: .now) { $0.subject = SpanSubject("a name") }
                    }
                }
            }
        }
        trace.finish()
        #expect(trace.spanCount <= Trace.spansMax)
        #expect(bench.exported.count == 1)
    }

    @Test("No id comes twice")
    func ids() {
        let tracer = Bench().tracer
        let traces = (0..<500).map { _ in tracer.begin(.request) }
        #expect(Set(traces.map(\.id)).count == 500)
        #expect(Set(traces.flatMap { trace in (0..<64).map { trace.spanID(at: $0) } }).count == 32_000)
    }

    @Test("Work for many traces is sampled if one of them is, and links to up to 8 sampled ones")
    func links() {
        let bench = Bench(Self.recordOnly)
        let plain = (0..<3).map { _ in bench.tracer.begin(.request) }
        #expect(bench.tracer.begin(.ledgerBatch, for: plain).decision == .recordOnly)
        let sampled = (0..<10).map { _ in bench.tracer.begin(.request, parent: Self.parent) }
        let batch = bench.tracer.begin(.ledgerBatch, for: plain + sampled)
        #expect(batch.isSampled && batch.parent == nil)
        #expect(batch.links == sampled.prefix(8).map(\.context))
    }

    @Test("Work that follows has the same trace id, and outlives the trace")
    func follow() {
        let bench = Bench()
        let trace = bench.tracer.begin(.request)
        let execute = trace.begin(.purchaseExecute)
        let next = trace.follow(.gateSettle)
        trace.end(execute)
        trace.finish()
        next.record(.redisCommand, from: .now, to: .now)
        next.finish()
        #expect(next.id == trace.id && next.parent == trace.spanID(at: 1))
        #expect(bench.exported.count == 2)
    }

    @Test("Spans of a sampled trace can be shown as exemplars")
    func exemplars() {
        let trace = Bench().tracer.begin(.request, parent: Self.parent)
        let span = trace.begin(.purchaseExecute)
        let recorded = trace.record(.statement, from: .now, to: .now)
        let ended = trace.end(span)
        let finished = trace.finish()
        #expect([finished, ended, recorded].map { $0?.spanID } == (0..<3).map { trace.spanID(at: $0).value })
        #expect(finished?.traceIDHigh == Self.parent.traceID.high && finished?.traceIDLow == Self.parent.traceID.low)
        #expect(trace.record(.statement, from: .now, to: .now) == nil && trace.finish() == nil)
    }

    @Test(
        "Only a trace that is certainly kept has an exemplar, also one that is kept for its error",
        arguments: [false, true])
    func exemplarsOfUnsampled(isError: Bool) {
        let trace = Bench(Self.recordOnly).tracer.begin(.request)
        let span = trace.begin(.purchaseExecute)
        #expect(trace.record(.statement, from: .now, to: .now) == nil && trace.end(span) == nil)
        let finished = trace.finish(isError: isError)
        #expect((finished?.spanID == trace.spanID(at: 0).value) == isError)
    }

    @Test("Log lines of a task find its trace")
    func logs() {
        let trace = Bench().tracer.begin(.request, parent: Self.parent, of: RequestContext(requestID: "abc"))
        #expect(RequestContext.metadataProvider.get().isEmpty)
        Trace.$current.withValue(trace) {
            let fields = RequestContext.metadataProvider.get()
            #expect(fields["trace_id"]?.description == Self.parent.traceID.description)
            #expect(fields["span_id"]?.description == trace.spanID(at: 0).description)
            #expect(fields["trace_flags"]?.description == "01")
            #expect(fields["request_id"]?.description == "abc")
        }
    }

    @Test("An SQLSTATE fits into a number", arguments: ["23505", "WRONGTYP", "", "OOM"])
    func packedText(text: String) {
        #expect(PackedText(text).description == text)
    }
}
