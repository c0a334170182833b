// The last exemplar of each sample of a family, for the families that ask for it.
//
// Only observations of kept traces come here, a few hundred a second at most, so a lock is cheap enough.

internal import Glibc
internal import Synchronization

final class ExemplarStore: Sendable {
    /// A sample keeps its exemplar for this time, however many others come.
    static let secondsPerExemplar = 1.0

    private let slots: Mutex<[ObservedExemplar?]>
    private let series: Int
    private let samplesPerSeries: Int
    private let now: @Sendable () -> Double

    init(series: Int, samplesPerSeries: Int, now: @escaping @Sendable () -> Double = secondsSince1970) {
        self.series = series
        self.samplesPerSeries = samplesPerSeries
        self.now = now
        slots = Mutex(Array(repeating: nil, count: series * samplesPerSeries))
    }

    func keep(_ exemplar: Exemplar, value: Double, row: Int, sample: Int = 0) {
        let time = now()
        let position = row * samplesPerSeries + sample
        slots.withLock { slots in
            // If the clock was set back, the exemplar must not stay for ever.
            if let last = slots[position], (0..<Self.secondsPerExemplar).contains(time - last.time) { return }
            slots[position] = ObservedExemplar(exemplar: exemplar, value: value, time: time)
        }
    }

    /// The exemplars of the samples of each series.
    func read() -> [[ObservedExemplar?]] {
        let slots = slots.withLock { $0 }
        return (0..<series).map { Array(slots[$0 * samplesPerSeries..<($0 + 1) * samplesPerSeries]) }
    }
}

@Sendable
private func secondsSince1970() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}
