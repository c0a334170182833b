// How the ledger keeps up with those who ask it.

/// What a request has to wait for at the ledger.
public struct LedgerPace: Hashable, Sendable {
    /// How long a crowd has kept a request waiting, in the mean; zero without a crowd.
    public let delay: Duration
    /// What a batch takes for itself, a commit above all. It is the same for a request that finds nobody before it.
    public let batch: Duration

    public init(delay: Duration = .zero, batch: Duration = .zero) {
        self.delay = delay
        self.batch = batch
    }

    /// The longer times of both.
    public func slower(with other: Self) -> Self {
        Self(delay: max(delay, other.delay), batch: max(batch, other.batch))
    }
}
