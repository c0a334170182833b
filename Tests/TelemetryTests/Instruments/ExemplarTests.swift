// Exemplars: how often they change, and where they are kept.

import Synchronization
import Testing

@testable import Telemetry

@Suite("Exemplars")
struct ExemplarTests {
    @Test(
        "A sample keeps its exemplar for a second, and no longer when the clock was set back",
        arguments: [(0, 1), (0.999, 1), (1, 2), (60, 2), (-0.001, 2)] as [(Double, UInt64)])
    func rate(later: Double, spanID: UInt64) {
        let time = Mutex(1_000.0)
        let store = ExemplarStore(series: 2, samplesPerSeries: 3) { time.withLock { $0 } }
        store.keep(Exemplar(traceIDHigh: 1, traceIDLow: 1, spanID: 1), value: 0.5, row: 1, sample: 2)
        time.withLock { $0 += later }
        store.keep(Exemplar(traceIDHigh: 1, traceIDLow: 1, spanID: 2), value: 0.7, row: 1, sample: 2)
        let shown = store.read()
        #expect(shown.count == 2)
        #expect(shown[0] == [nil, nil, nil])
        #expect(shown[1][2]?.exemplar.spanID == spanID)
        #expect(shown[1][2]?.value == (spanID == 1 ? 0.5 : 0.7))
    }

    @Test("Families that do not ask for exemplars keep no room for them")
    func storage() {
        let instruments = Instruments()
        #expect(instruments.redis.queueWaitDurationSeconds.exemplars().isEmpty)
        #expect(instruments.http.requestsInFlight.exemplars().isEmpty)
        let kept = instruments.http.requestDurationSeconds.exemplars()
        #expect(kept.count == RequestLabels.legal.count)
        #expect(kept.allSatisfy { $0.count == 12 && $0.allSatisfy { $0 == nil } })
    }
}
