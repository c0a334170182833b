// Until when a duty has done its work for all sales of a pod. Pure.

/// When a duty has last done its work for each sale.
struct LastRuns {
    private var ends: [SaleID: Timestamp] = [:]

    /// Notes a run, and returns since when all sales have had one: a sale that the duty cannot work for is not hidden
    /// by the others.
    ///
    /// - Parameters:
    ///   - sale: nil for a run that found none.
    ///   - sales: those that the duty is to work for now. One that is new to it counts from now on.
    mutating func note(_ sale: SaleID?, at now: Timestamp, among sales: [Sale]) -> Timestamp {
        var next: [SaleID: Timestamp] = [:]
        for other in sales { next[other.id] = other.id == sale ? now : ends[other.id] ?? now }
        ends = next
        return ends.values.min() ?? now
    }
}
