// What one instance counts of a sale's line, and the ordinals that it gives to late buyers. Pure.

internal import FlashSale

/// The counts of one instance in one sale.
struct RoomTally: Sendable {
    /// The most buyers that are remembered, by their hashes. Beyond them nobody counts as come, and
    /// whoever joins counts.
    private static let seenMax = 1 << 20

    private(set) var counts = QueueCounts()
    private(set) var shown: [Int32: Int32] = [:]
    /// The late tickets of other instances, as far as this one knows. It never falls, so ordinals do not either.
    private var lateOfOthers: Int32 = 0
    /// What the ledger has of this instance.
    private var reported: QueueReport?
    private var seen: Set<Int> = []
    /// The buyers that take part in the draw, by their hashes, until it is published.
    private var drawn: Set<Int> = []

    /// Counts a buyer that joins before the start. One that joins again has the same number, so it counts once, as far
    /// as this instance knows: nobody makes the line longer alone.
    mutating func joinDraw(_ buyer: BuyerID) {
        if drawn.count < Self.seenMax, !drawn.insert(buyer.hashValue).inserted { return }
        counts.gathered += 1
    }

    /// The ordinal of the next late buyer.
    mutating func joinLate() -> Int32 {
        counts.late += 1
        return lateOfOthers + counts.late
    }

    /// Notes how many checkouts this instance has refused because it was overloaded.
    mutating func note(sheds: Int64) { counts.sheds = sheds }

    /// Notes that a buyer with a called number has come. Two buyers may share a number, so buyers are counted.
    ///
    /// - Returns: whether it comes for the first time, as far as this instance knows.
    mutating func come(_ buyer: BuyerID, _ number: Int32, among cohorts: [Cohort]) -> Bool {
        guard seen.count < Self.seenMax, seen.insert(buyer.hashValue).inserted else { return false }
        counts.came += 1
        if let cohort = cohorts.first(where: { number <= $0.last }), number > cohort.last - cohort.called {
            shown[cohort.index, default: 0] += 1
        }
        return true
    }

    /// What the ledger does not know yet; nil if it knows all.
    func report(by instance: UInt64) -> QueueReport? {
        let report = QueueReport(instance: instance, counts: counts, shown: shown)
        return report == reported || reported == nil && counts == QueueCounts() ? nil : report
    }

    mutating func noteReported(_ report: QueueReport) { reported = report }

    /// Learns how many late tickets all instances had given out, and whether the draw is published.
    mutating func learn(late: Int32, isDrawn: Bool) {
        if isDrawn { drawn = [] }
        lateOfOthers = max(lateOfOthers, late - (reported?.counts.late ?? 0))
    }
}
