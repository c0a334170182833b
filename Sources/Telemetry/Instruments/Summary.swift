// Quantiles of the last minutes, without a lock.
//
// A window is a ring of slices; a slice counts values in cells whose width grows with the value, so that a value is
// known to one part in 1,024 (exactly below 2,048). Reading adds the slices that are still young enough. The first
// thread that writes to an aged slice empties it. The quantiles may lose a few values that arrive in that moment; sum
// and count lose none.

internal import Synchronization

/// A summary: the values at given quantiles over a sliding window, and sum and count since the start.
public final class Summary<Labels: LabelSet>: MetricFamily {
    /// How long a value counts.
    public static var windowSeconds: UInt64 { 600 }
    /// How many steps the window slides in.
    public static var sliceCount: Int { 5 }

    public let definition: MetricDefinition
    private let index: SeriesIndex<Labels>
    /// Sum and count since the start, per series.
    private let totals: AtomicCells
    /// The number of the slice in time that each slice holds plus one, 0 while it holds none; a row per series.
    private let periods: AtomicCells
    /// The counts of values; a row per series and slice.
    private let counts: AtomicCells

    private static var nanosecondsPerSlice: UInt64 { windowSeconds * 1_000_000_000 / UInt64(sliceCount) }

    init(definition: MetricDefinition, index: consuming SeriesIndex<Labels>) {
        self.definition = definition
        totals = AtomicCells(rows: index.legal.count, wordsPerRow: 2)
        periods = AtomicCells(rows: index.legal.count, wordsPerRow: Self.sliceCount)
        counts = AtomicCells(rows: index.legal.count * Self.sliceCount, wordsPerRow: ValueScale.cellCount)
        self.index = index
    }

    /// Counts one value.
    ///
    /// - Parameter now: the time of the observation, which callers have read already.
    public func observe(_ value: UInt64, _ labels: Labels, at now: MonotonicTime) {
        let row = index.position(of: labels)
        totals.add(value, row: row, word: 0)
        totals.add(1, row: row, word: 1)
        let period = now.nanoseconds / Self.nanosecondsPerSlice + 1
        let slice = Int(period % UInt64(Self.sliceCount))
        let held = periods.load(row: row, word: slice)
        if held != period, periods.exchange(period, ifStill: held, row: row, word: slice) {
            for cell in 0..<ValueScale.cellCount {
                counts.store(0, row: row * Self.sliceCount + slice, word: cell)
            }
        }
        counts.add(1, row: row * Self.sliceCount + slice, word: ValueScale.cell(of: value))
    }

    public func count(_ labels: Labels) -> UInt64 {
        totals.load(row: index.position(of: labels), word: 1)
    }

    public var series: [[LabelPair]] { index.legal.map(\.labelPairs) }

    public func read(at now: MonotonicTime) -> [SeriesValue] {
        index.legal.indices.map { row in
            let window = merged(row: row, at: now)
            return .summary(
                values: definition.quantiles.map { ValueScale.value(atQuantile: $0, counts: window) },
                sum: Double(totals.load(row: row, word: 0)) * definition.unit.scale,
                count: totals.load(row: row, word: 1)
            )
        }
    }

    /// The counts of the slices that are within the window.
    private func merged(row: Int, at now: MonotonicTime) -> [UInt64] {
        let period = now.nanoseconds / Self.nanosecondsPerSlice + 1
        let young = (0..<Self.sliceCount).filter { slice in
            let held = periods.load(row: row, word: slice)
            return held > 0 && held + UInt64(Self.sliceCount) > period
        }
        guard !young.isEmpty else { return [] }
        return (0..<ValueScale.cellCount).map { cell in
            young.reduce(0) { $0 &+ counts.load(row: row * Self.sliceCount + $1, word: cell) }
        }
    }
}
