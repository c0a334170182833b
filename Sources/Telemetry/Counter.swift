// What only grows.

/// A counter: one cell per series.
public final class Counter<Labels: LabelSet>: MetricFamily {
    public let definition: MetricDefinition
    @usableFromInline let index: SeriesIndex<Labels>
    @usableFromInline let cells: AtomicCells

    init(definition: MetricDefinition, index: consuming SeriesIndex<Labels>) {
        self.definition = definition
        cells = AtomicCells(rows: index.legal.count, wordsPerRow: 1)
        self.index = index
    }

    /// Adds to the series of the labels. A counter cannot be lowered: the amount has no sign.
    @inlinable
    public func increment(_ labels: Labels, by amount: UInt64 = 1) {
        cells.add(amount, row: index.position(of: labels))
    }

    /// What the series of the labels stands at.
    public func value(_ labels: Labels) -> UInt64 {
        cells.load(row: index.position(of: labels))
    }

    public var series: [[LabelPair]] { index.legal.map(\.labelPairs) }

    public func read(at now: MonotonicTime) -> [SeriesValue] {
        index.legal.indices.map { .integer(Int64(clamping: cells.load(row: $0))) }
    }
}

extension Counter where Labels == NoLabels {
    @inlinable
    public func increment(by amount: UInt64 = 1) {
        cells.add(amount, row: 0)
    }

    public var value: UInt64 { cells.load(row: 0) }
}
