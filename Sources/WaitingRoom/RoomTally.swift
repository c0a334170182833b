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
    /// The most late tickets that the ledger may have of this instance: a report may be there whose answer is not here.
    private var lateSent: Int32 = 0
    private var seen: Set<Int> = []
    /// Where the buyers stand that joined here, by their hashes.
    private var places: [Int: QueueTicket.Place] = [:]

    /// The place of a buyer that joins. One that joins again keeps its place and counts once, as far as this instance
    /// knows: nobody loses a number with a lost answer, and nobody makes the line longer alone.
    mutating func join(_ buyer: BuyerID, isEarly: Bool) -> QueueTicket.Place {
        let hash = buyer.hashValue
        if let place = places[hash] { return place }
        let place = isEarly ? QueueTicket.Place.draw : .late(lateOfOthers + counts.late + 1)
        if isEarly { counts.gathered += 1 } else { counts.late += 1 }
        if places.count < Self.seenMax { places[hash] = place }
        return place
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

    /// What the ledger does not know yet, which is sent to it now; nil if it knows all.
    mutating func report(by instance: UInt64) -> QueueReport? {
        let report = QueueReport(instance: instance, counts: counts, shown: shown)
        if report == reported || reported == nil && counts == QueueCounts() { return nil }
        lateSent = counts.late
        return report
    }

    mutating func noteReported(_ report: QueueReport) { reported = report }

    /// Learns how many late tickets all instances had given out. Own ones never count as those of others: ordinals
    /// would skip as many, and the last of them would stand behind the end of the line.
    mutating func learn(late: Int32) {
        lateOfOthers = max(lateOfOthers, late - lateSent)
    }

    /// Counts the tickets up to a late ordinal that nobody has counted. The instance that gave them has ended before it
    /// could, and a line is called only as far as it is counted.
    mutating func learn(ordinal: Int32) {
        counts.late = max(counts.late, ordinal - lateOfOthers)
    }
}
