// Work under a lease: the lease is extended while the work runs, and the work is cancelled if the lease is lost.

public import Telemetry

extension DutyLock {
    /// Runs the body while this instance has the duty, and then releases the duty.
    ///
    ///     free ──acquire──► held ──a third over: extend──► held ──the body ends, or is cancelled──► released
    ///                         └──extend says lost──► the body is cancelled ──it has ended──► released
    ///
    /// Trust rule: cancelling asks the body to stop and cannot force it. Its writes carry the fence, and the ledger
    /// refuses them once another instance has the duty.
    ///
    /// - Returns: what the body returned; nil if the duty was not acquired.
    public func withLease<Value: Sendable>(
        of duty: Duty, _ body: @escaping @Sendable (FencingNumber) async -> Value
    ) async -> Value? {
        guard let lease = await acquire(duty).lease else { return nil }
        let value = await withTaskGroup(of: Value?.self) { group in
            group.addTask { await body(lease.fence) }
            group.addTask {
                await keep(lease)
                return nil
            }
            // The first of the two to end cancels the other.
            var value: Value?
            for await ended in group {
                if let ended { value = ended }
                group.cancelAll()
            }
            return value
        }
        // In a task of its own: a cancelled caller must release the duty too, or nobody does it until the lease ends.
        await Task { await release(lease) }.value
        return value
    }

    /// Extends the lease again and again. Returns when the lease is lost or the task is cancelled.
    private func keep(_ acquired: DutyLease) async {
        var lease = acquired
        while !Task.isCancelled {
            try? await Task.sleep(for: lease.pauseBeforeExtending(at: .now))
            guard !Task.isCancelled, let extended = await extend(lease) else { return }
            lease = extended
        }
    }
}
