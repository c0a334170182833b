// Histograms: how values are distributed over fixed buckets.
//
// A row of cells is one count per bucket and the sum. There is no count of all: it is the sum of the buckets, so that
// `_count` and the `+Inf` bucket agree under any number of writers.

/// A histogram of whole numbers; durations are observed in nanoseconds and exposed in seconds.
public final class Histogram<Labels: LabelSet>: MetricFamily {
    public let definition: MetricDefinition
    @usableFromInline let index: SeriesIndex<Labels>
    @usableFromInline let cells: AtomicCells
    /// The inclusive upper bounds in the observed unit.
    @usableFromInline let bounds: FixedTable<UInt64>
    private let exemplarStore: ExemplarStore?

    init(definition: MetricDefinition, index: consuming SeriesIndex<Labels>, keepsExemplars: Bool = false) {
        exemplarStore =
            keepsExemplars
            ? ExemplarStore(series: index.legal.count, samplesPerSeries: definition.buckets.count + 1) : nil
        self.definition = definition
        bounds = FixedTable(definition.buckets.map { UInt64(($0 / definition.unit.scale).rounded()) })
        cells = AtomicCells(rows: index.legal.count, wordsPerRow: bounds.count + 2)
        self.index = index
    }

    /// Counts one value in the observed unit: nanoseconds for seconds, else the exposed unit.
    @inlinable
    public func observe(_ value: UInt64, _ labels: Labels) {
        let row = index.position(of: labels)
        cells.add(1, row: row, word: bucket(of: value))
        cells.add(value, row: row, word: bounds.count &+ 1)
    }

    /// Counts one value, and shows the trace that observed it if that trace is kept.
    ///
    /// A bucket shows one exemplar a second. Families without exemplars ignore the trace.
    @inlinable
    public func observe(_ value: UInt64, _ labels: Labels, exemplar: Exemplar?) {
        observe(value, labels)
        if let exemplar { keep(exemplar, of: value, labels) }
    }

    /// Counts a duration. The family's unit must be seconds.
    @inlinable
    public func observe(_ duration: Duration, _ labels: Labels) {
        observe(duration.wholeNanoseconds, labels)
    }

    /// How many values were observed under the labels.
    public func count(_ labels: Labels) -> UInt64 {
        count(row: index.position(of: labels))
    }

    /// The sum of the values observed under the labels, in the observed unit.
    public func sum(_ labels: Labels) -> UInt64 {
        cells.load(row: index.position(of: labels), word: bounds.count + 1)
    }

    public var series: [[LabelPair]] { index.legal.map(\.labelPairs) }

    public func read(at now: MonotonicTime) -> [SeriesValue] {
        index.legal.indices.map { row in
            var total: UInt64 = 0
            let cumulative = (0...bounds.count).map { bucket in
                total &+= cells.load(row: row, word: bucket)
                return total
            }
            let sum = Double(cells.load(row: row, word: bounds.count + 1)) * definition.unit.scale
            return .histogram(cumulative: cumulative, sum: sum)
        }
    }

    public func exemplars() -> [[ObservedExemplar?]] { exemplarStore?.read() ?? [] }

    func count(row: Int) -> UInt64 {
        (0...bounds.count).reduce(0) { $0 &+ cells.load(row: row, word: $1) }
    }

    @inlinable
    func bucket(of value: UInt64) -> Int {
        var bucket = 0
        while bucket < bounds.count, value > bounds[bucket] {
            bucket &+= 1
        }
        return bucket
    }

    @usableFromInline
    func keep(_ exemplar: Exemplar, of value: UInt64, _ labels: Labels) {
        exemplarStore?.keep(
            exemplar, value: Double(value) * definition.unit.scale, row: index.position(of: labels),
            sample: bucket(of: value))
    }
}

extension Histogram where Labels == NoLabels {
    @inlinable
    public func observe(_ value: UInt64) { observe(value, NoLabels()) }

    @inlinable
    public func observe(_ duration: Duration) { observe(duration, NoLabels()) }

    public var count: UInt64 { count(NoLabels()) }
}
