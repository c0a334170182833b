// Duties go on without Redis: if the first lock does not reply, the second decides.

import Synchronization
public import Telemetry

/// A lock made of two. The second is asked only while the first does not reply.
///
///     acquire ──► first ──acquired──► a lease of the first
///                   │ ├──taken──► taken: another instance has it, and the second is not asked
///                   │ └──unavailable──► second ──acquired──► a lease of the second
///                   │                      └──taken, unavailable──► the same
///
///     extend a lease of the second ──► first ──unavailable──► extended by the second
///                                        └──acquired, taken──► lost: the duty goes back to the first
///
/// Trust rule: if only some instances reach the first lock, two of them may believe that they have a duty. Then the
/// fence guards. Both locks take it from the ledger, which lets only the newest write, and which gives the first lock
/// no fence while a holder under the second is alive.
public final class FallbackDutyLock: DutyLock {
    private let first: any DutyLock
    private let second: any DutyLock
    /// The tokens of the second lock's leases. No more than there are duties, because every lease is released.
    private let seconds = Mutex<Set<String>>([])

    public init(first: any DutyLock, second: any DutyLock) {
        self.first = first
        self.second = second
    }

    public func acquire(_ duty: Duty) async -> AcquireOutcome {
        let acquired = await first.acquire(duty)
        guard case .unavailable = acquired else { return acquired }
        let fallback = await second.acquire(duty)
        if let lease = fallback.lease { seconds.withLock { _ = $0.insert(lease.token) } }
        return fallback
    }

    public func extend(_ lease: DutyLease) async -> DutyLease? {
        guard seconds.withLock({ $0.contains(lease.token) }) else { return await first.extend(lease) }
        let acquired = await first.acquire(lease.duty)
        if case .unavailable = acquired { return await second.extend(lease) }
        // The first lock replies again: this lease is given up, and any instance may acquire the duty there.
        if let lease = acquired.lease { await first.release(lease) }
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
