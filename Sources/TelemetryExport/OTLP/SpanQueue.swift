// The traces that wait for their export. A ring whose memory is there from the start: no lock, no output.

internal import Telemetry

/// A bounded first-in-first-out queue of traces, counted in spans.
struct SpanQueue {
    private var traces: [Trace?]
    private let spansMax: Int
    private var head = 0
    private var count = 0
    private(set) var spanCount = 0

    init(spansMax: Int) {
        self.spansMax = spansMax
        traces = [Trace?](repeating: nil, count: spansMax)
    }

    /// Takes a trace, or returns false: a full queue refuses the newest.
    mutating func push(_ trace: Trace) -> Bool {
        guard spanCount + trace.spanCount <= spansMax, trace.spanCount > 0 else { return false }
        traces[(head + count) % traces.count] = trace
        count += 1
        spanCount += trace.spanCount
        return true
    }

    /// Takes out the oldest traces: as many as have so many spans together, and one at least.
    mutating func pop(spansMax: Int) -> [Trace] {
        var batch: [Trace] = []
        var spans = 0
        while let trace = traces[head], batch.isEmpty || spans + trace.spanCount <= spansMax {
            batch.append(trace)
            spans += trace.spanCount
            traces[head] = nil
            head = (head + 1) % traces.count
            count -= 1
        }
        spanCount -= spans
        return batch
    }
}
