// From a label set to the place of its series: one table per family, made once.

/// The series of one family, and the series that counts each label set.
@usableFromInline
struct SeriesIndex<Labels: LabelSet>: ~Copyable, Sendable {
    /// The series in order of exposition.
    let legal: [Labels]

    /// The position in ``legal`` of every label set by its index. An illegal one has the position of the one that it
    /// folds into.
    @usableFromInline let positions: FixedTable<UInt16>

    /// - Parameters:
    ///   - legal: the label sets that get a series.
    ///   - folding: maps every other label set to a legal one.
    init(legal: [Labels], folding: (Labels) -> Labels) {
        let all = Labels.all
        var own = [UInt16?](repeating: nil, count: all.count)
        for (position, labels) in legal.enumerated() {
            precondition(own[labels.index] == nil, "a series is registered twice")
            own[labels.index] = UInt16(position)
        }
        var positions: [UInt16] = []
        for (index, labels) in all.enumerated() {
            precondition(labels.index == index, "the index of a label set is not its place in `all`")
            guard let position = own[index] ?? own[folding(labels).index] else {
                preconditionFailure("a label set folds into an illegal one")
            }
            positions.append(position)
        }
        self.legal = legal
        self.positions = FixedTable(positions)
    }

    @inlinable
    func position(of labels: Labels) -> Int {
        Int(positions[labels.index])
    }
}
