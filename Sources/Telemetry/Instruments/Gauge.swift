// Gauges: whole numbers that go up and down.

/// A gauge of whole numbers: one cell per series.
public final class Gauge<Labels: LabelSet>: MetricFamily {
    public let definition: MetricDefinition
    @usableFromInline let index: SeriesIndex<Labels>
    @usableFromInline let cells: AtomicCells

    init(definition: MetricDefinition, index: consuming SeriesIndex<Labels>) {
        self.definition = definition
        cells = AtomicCells(rows: index.legal.count, wordsPerRow: 1)
        self.index = index
    }

    @inlinable
    public func set(_ value: Int, _ labels: Labels) {
        cells.store(UInt64(bitPattern: Int64(value)), row: index.position(of: labels))
    }

    /// Moves the gauge by an amount of either sign.
    @inlinable
    public func add(_ amount: Int, _ labels: Labels) {
        cells.add(UInt64(bitPattern: Int64(amount)), row: index.position(of: labels))
    }

    public func value(_ labels: Labels) -> Int {
        Int(Int64(bitPattern: cells.load(row: index.position(of: labels))))
    }

    public var series: [[LabelPair]] { index.legal.map(\.labelPairs) }

    public func read(at now: MonotonicTime) -> [SeriesValue] {
        index.legal.indices.map { .integer(Int64(bitPattern: cells.load(row: $0))) }
    }
}

extension Gauge where Labels == NoLabels {
    @inlinable
    public func set(_ value: Int) { set(value, NoLabels()) }

    @inlinable
    public func add(_ amount: Int) { add(amount, NoLabels()) }

    @inlinable
    public func increment() { add(1) }

    @inlinable
    public func decrement() { add(-1) }

    public var value: Int { value(NoLabels()) }
}
