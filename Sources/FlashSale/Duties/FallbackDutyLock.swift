// The duties go on without Redis: who cannot ask the first lock asks the second.

import Synchronization

/// A lock made of two: the second is asked only where the first cannot say.
///
///     acquire ──► first ──acquired──► a lease of the first
///                   │ ├──taken──► taken: somebody has it, and the second is not asked
///                   │ └──unavailable──► second ──acquired──► a lease of the second
///                   │                      └──taken, unavailable──► the same
///
///     extend a lease of the second ──► first ──unavailable──► extended by the second
///                                        └──acquired, taken──► lost: the duty goes back to the first
///
/// Trust rule: two instances that do not see the same of the first lock may both believe that they have a duty. What
/// holds then is the fence, which both locks draw from the ledger: it lets the last of them write, and refuses a new
/// one to the first lock while a holder under the second is alive.
public final class FallbackDutyLock: DutyLock {
    private let first: any DutyLock
    private let second: any DutyLock
    /// The tokens of the leases that are the second's. As many as duties, for every lease is given back.
    private let seconds = Mutex<Set<String>>([])

    public init(first: any DutyLock, second: any DutyLock) {
        self.first = first
        self.second = second
    }

    public func acquire(_ duty: Duty) async -> DutyAnswer {
        let answer = await first.acquire(duty)
        guard case .unavailable = answer else { return answer }
        let fallback = await second.acquire(duty)
        if let lease = fallback.lease { seconds.withLock { _ = $0.insert(lease.token) } }
        return fallback
    }

    public func extend(_ lease: DutyLease) async -> DutyLease? {
        guard seconds.withLock({ $0.contains(lease.token) }) else { return await first.extend(lease) }
        let answer = await first.acquire(lease.duty)
        if case .unavailable = answer { return await second.extend(lease) }
        // The first can say again: the duty is given up here, and taken there by whoever comes first.
        if let lease = answer.lease { await first.release(lease) }
        return nil
    }

    public func release(_ lease: DutyLease) async {
        if seconds.withLock({ $0.remove(lease.token) }) == nil {
            await first.release(lease)
        } else {
            await second.release(lease)
        }
    }
}
