// Counts that the service itself reads, and no scrape.

/// A count for each value of a label, which many threads raise.
public final class Tally<Value: LabelValue>: Sendable {
    private let cells = AtomicCells(rows: Value.allCases.count, wordsPerRow: 1)

    public init() {}

    public func add(_ value: Value) { cells.add(1, row: value.index) }

    /// The counts so far, in the order of the values.
    public var counts: [UInt64] { (0..<Value.allCases.count).map { cells.load(row: $0) } }
}
