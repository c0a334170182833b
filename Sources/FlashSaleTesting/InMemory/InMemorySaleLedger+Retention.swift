// Retention of the ledger in memory. It has no tables that could grow, so it moves a sale in one step, and forgets what
// the archive does not keep.

internal import FlashSale
internal import Telemetry

extension InMemorySaleLedger.State {
    mutating func retire(_ policy: RetentionPolicy, fence: FencingNumber, at now: Timestamp) -> RetireOutcome {
        guard fences[.retention] == fence.value else { return .stale }
        func oldest(isArchived: Bool, age: Duration) -> SaleID? {
            books.values.filter { $0.isArchived == isArchived && $0.sale.endedAt + age <= now }
                .min { $0.sale.endedAt < $1.sale.endedAt }?.sale.id
        }
        if let due = oldest(isArchived: false, age: .seconds(policy.hotHours * 3_600)) {
            return .moved(rows: books[due]?.archive(at: now) ?? 0)
        }
        let archiveAge = Duration.seconds(policy.archiveDays * 86_400)
        if policy.archiveDays > 0, let old = oldest(isArchived: true, age: archiveAge) {
            return .forgotten(rows: books.removeValue(forKey: old)?.entries.count ?? 0)
        }
        return .idle
    }
}

extension SaleBook {
    /// Ends what is still held, and forgets the outcomes of keys and the changes. Returns how many holds it keeps.
    fileprivate mutating func archive(at now: Timestamp) -> Int {
        _ = expire(atMost: .max, at: now)
        forgetChanges(through: .max)
        forgetKeys()
        isArchived = true
        return entries.count
    }
}
