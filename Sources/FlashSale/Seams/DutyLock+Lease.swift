// Borrowing a duty: the lease is kept while the work runs, the work is cancelled if the lease is lost.

extension DutyLock {
    /// Runs the body while the duty is held, and gives the duty back.
    ///
    ///     free ──acquire──► held ──a third over: extend──► held ──the body ends, or is cancelled──► released
    ///                         └──extend says lost──► the body is cancelled ──it has ended──► released
    ///
    /// Trust rule: cancelling asks the body to stop and cannot make it; what it has sent carries its fence, and the
    /// ledger refuses that once another has the duty.
    ///
    /// - Returns: what the body returned; nil if the duty could not be had.
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
            // Whichever ends first ends the other.
            var value: Value?
            for await ended in group {
                if let ended { value = ended }
                group.cancelAll()
            }
            return value
        }
        // Who is cancelled gives back what he holds all the same, or the duty would rest until the lease is over.
        await Task { await release(lease) }.value
        return value
    }

    /// Extends the lease again and again. Returns when it is lost or the task is cancelled.
    private func keep(_ acquired: DutyLease) async {
        var lease = acquired
        while !Task.isCancelled {
            try? await Task.sleep(for: lease.pauseBeforeExtending(at: .now))
            guard !Task.isCancelled, let extended = await extend(lease) else { return }
            lease = extended
        }
    }
}
