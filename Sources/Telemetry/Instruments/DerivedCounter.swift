// A counter that is a histogram's count under another name.

/// Counts a histogram's observations. The two agree by construction and cost one update.
public final class DerivedCounter<Labels: LabelSet>: MetricFamily {
    public let definition: MetricDefinition
    private let source: Histogram<Labels>
    private let rows: [Int]

    /// - Parameter isIncluded: which of the histogram's series this counter has.
    init(definition: MetricDefinition, source: Histogram<Labels>, where isIncluded: (Labels) -> Bool) {
        self.definition = definition
        self.source = source
        rows = source.index.legal.indices.filter { isIncluded(source.index.legal[$0]) }
    }

    /// The value of the labels' series; 0 if the counter does not have it.
    public func value(_ labels: Labels) -> UInt64 {
        let row = source.index.position(of: labels)
        return rows.contains(row) ? source.count(row: row) : 0
    }

    public var series: [[LabelPair]] { rows.map { source.index.legal[$0].labelPairs } }

    public func read(at now: MonotonicTime) -> [SeriesValue] {
        rows.map { .integer(Int64(clamping: source.count(row: $0))) }
    }

    /// The newest exemplar of any of the histogram's buckets, with the value 1.
    public func exemplars() -> [[ObservedExemplar?]] {
        let ofBuckets = source.exemplars()
        guard !ofBuckets.isEmpty else { return [] }
        return rows.map { row in
            let newest = ofBuckets[row].compactMap(\.self).max { $0.time < $1.time }
            return [newest.map { ObservedExemplar(exemplar: $0.exemplar, value: 1, time: $0.time) }]
        }
    }
}
