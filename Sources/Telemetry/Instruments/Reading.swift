// Readings: values that others keep and a scrape reads, such as ratios, points in time and the kernel's totals.

/// A floating point value that is set, never added to; a gauge, or a counter that is kept outside of the process.
public final class Reading<Labels: LabelSet>: MetricFamily {
    public let definition: MetricDefinition
    private let index: SeriesIndex<Labels>
    private let cells: AtomicCells

    init(definition: MetricDefinition, index: consuming SeriesIndex<Labels>) {
        self.definition = definition
        cells = AtomicCells(rows: index.legal.count, wordsPerRow: 1)
        self.index = index
    }

    public func set(_ value: Double, _ labels: Labels) {
        cells.store(value.bitPattern, row: index.position(of: labels))
    }

    public func value(_ labels: Labels) -> Double {
        Double(bitPattern: cells.load(row: index.position(of: labels)))
    }

    public var series: [[LabelPair]] { index.legal.map(\.labelPairs) }

    public func read(at now: MonotonicTime) -> [SeriesValue] {
        index.legal.indices.map { .number(Double(bitPattern: cells.load(row: $0))) }
    }
}

extension Reading where Labels == NoLabels {
    public func set(_ value: Double) { set(value, NoLabels()) }

    public var value: Double { value(NoLabels()) }
}
