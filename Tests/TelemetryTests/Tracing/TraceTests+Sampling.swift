// Which traces are sampled.

import Testing

@testable import Telemetry

extension TraceTests {
    @Test("The caller's decision is followed; an unsampled caller's trace is not recorded")
    func parentDecides() {
        let bench = Bench(Self.recordOnly)
        let sampled = bench.tracer.begin(.request, parent: Self.parent)
        sampled.finish()
        let unsampled = TraceParent(traceID: Self.parent.traceID, spanID: Self.parent.spanID, flags: [])
        let other = bench.tracer.begin(.request, parent: unsampled)
        other.finish(isError: true)
        #expect(bench.exported.count == 1)
        #expect(other.decision == .drop && other.spanCount == 0)
        #expect(other.rootContext.traceID == Self.parent.traceID && other.rootContext.spanID.isValid)
    }

    @Test("New ids say that they are random, and a sampled root has its threshold")
    func rootFlags() {
        let trace = Bench(Sampler(root: .ratio(0.5), followsParent: true)).tracer
        let roots = (0..<100).map { _ in trace.begin(.request) }
        for root in roots {
            #expect(root.flags.contains(.random))
            #expect(root.isSampled == (root.id.randomness >= 1 << 55))
            #expect(root.state?.description == (root.isSampled ? "ot=th:8" : nil))
        }
        #expect((20...80).contains(roots.count { $0.isSampled }))
    }

    @Test(
        "A root is sampled if its random bits are not below the threshold",
        arguments: [
            (1.0, 0, SamplingDecision.sample), (0.0, 0x00FF_FFFF_FFFF_FFFF, .recordOnly),
            (0.05, 0x00F3_3333_3333_3334, .sample), (0.05, 0x00F3_3333_3333_3320, .recordOnly),
            (0.5, 0xFF80_0000_0000_0000, .sample), (0.5, 0xFF7F_FFFF_FFFF_FFFF, .recordOnly),
        ] as [(Double, UInt64, SamplingDecision)])
    func ratio(share: Double, low: UInt64, decision: SamplingDecision) {
        let sampler = Sampler(root: .ratio(share), followsParent: true)
        #expect(sampler.decide(TraceID(high: 1, low: low), parent: nil, state: nil) == decision)
    }

    @Test("The randomness that a tracestate names counts in place of the id's")
    func explicitRandomness() {
        let sampler = Sampler(root: .ratio(0.5), followsParent: false)
        let id = TraceID(high: 1, low: 0)
        #expect(sampler.decide(id, parent: nil, state: TraceState(["ot=rv:80000000000000"])) == .sample)
        #expect(sampler.decide(id, parent: nil, state: TraceState(["ot=rv:8"])) == .recordOnly)
        #expect(sampler.decide(id, parent: Self.parent, state: nil) == .recordOnly)
    }

    @Test("always_off records nothing")
    func never() {
        let sampler = Sampler(root: .never, followsParent: true)
        #expect(sampler.decide(TraceID(high: 1, low: .max), parent: nil, state: nil) == .drop)
        #expect(Bench(sampler).tracer.begin(.request).spanCount == 0)
    }
}
