// Counters: instruments that only grow.

/// A counter: one cell per series.
public final class Counter<Labels: LabelSet>: MetricFamily {
    public let definition: MetricDefinition
    @usableFromInline let index: SeriesIndex<Labels>
    @usableFromInline let cells: AtomicCells
    private let exemplarStore: ExemplarStore?

    init(definition: MetricDefinition, index: consuming SeriesIndex<Labels>, keepsExemplars: Bool = false) {
        exemplarStore = keepsExemplars ? ExemplarStore(series: index.legal.count, samplesPerSeries: 1) : nil
        self.definition = definition
        cells = AtomicCells(rows: index.legal.count, wordsPerRow: 1)
        self.index = index
    }

    /// Adds to the series of the labels. A counter cannot go down: the amount has no sign.
    @inlinable
    public func increment(_ labels: Labels, by amount: UInt64 = 1) {
        cells.add(amount, row: index.position(of: labels))
    }

    /// Adds 1, and shows the trace that counted it if that trace is kept: one a second for each series.
    @inlinable
    public func increment(_ labels: Labels, exemplar: Exemplar?) {
        increment(labels)
        if let exemplar { keep(exemplar, labels) }
    }

    /// The value of the labels' series.
    public func value(_ labels: Labels) -> UInt64 {
        cells.load(row: index.position(of: labels))
    }

    /// The values of all series.
    public var counts: [(labels: Labels, count: UInt64)] {
        index.legal.indices.map { (index.legal[$0], cells.load(row: $0)) }
    }

    public var series: [[LabelPair]] { index.legal.map(\.labelPairs) }

    public func read(at now: MonotonicTime) -> [SeriesValue] {
        index.legal.indices.map { .integer(Int64(clamping: cells.load(row: $0))) }
    }

    public func exemplars() -> [[ObservedExemplar?]] { exemplarStore?.read() ?? [] }

    @usableFromInline
    func keep(_ exemplar: Exemplar, _ labels: Labels) {
        exemplarStore?.keep(exemplar, value: 1, row: index.position(of: labels))
    }
}

extension Counter where Labels == NoLabels {
    @inlinable
    public func increment(by amount: UInt64 = 1) {
        cells.add(amount, row: 0)
    }

    public var value: UInt64 { cells.load(row: 0) }
}
