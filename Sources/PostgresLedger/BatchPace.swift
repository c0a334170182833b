// How long a queue of requests keeps a new one waiting, learnt from the batches that have ended. Pure.
//
// A batch costs something for itself, a commit above all, and something for each row. Small batches show the first,
// large ones the second. Only the rows make a queue: the cost of a commit is the same for a request that finds nobody
// before it, and refusing it would make it no shorter. So a slow disk refuses nobody, and neither does a service that
// has seen no crowd yet.

/// The pace of one batch function.
struct BatchPace: Sendable {
    /// Batches up to this size show what a batch costs for itself.
    private static let rowsOfSmall = 16
    /// A batch counts for one part of what is known, and what was known before for the others.
    private static let parts = 8

    /// What a batch costs for itself; nil before the first.
    private(set) var base: Duration?
    private var perRow = Duration.zero

    /// A batch of so many rows has ended.
    mutating func ended(rows: Int, took: Duration) {
        guard rows > 0, took > .zero else { return }
        var base = min(base ?? took, took)
        if rows <= Self.rowsOfSmall {
            base += (took - base) / Self.parts
        } else {
            perRow += ((took - base) / rows - perRow) / Self.parts
        }
        // No row costs more than its share of the whole batch. So a pause of the database is soon forgotten.
        perRow = min(perRow, took / rows)
        self.base = base
    }

    /// How long so many requests keep a new one waiting.
    func wait(behind count: Int) -> Duration { perRow * count }
}
