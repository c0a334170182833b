// The parts of what a sweep returns, as tests look at them.

public import FlashSale

extension ExpireOutcome {
    /// What was ended: nothing if the sweeper is stale.
    public var ended: [EndedHold] { if case .swept(let ended, _) = self { ended } else { [] } }

    public var isBehind: Bool { if case .swept(_, isBehind: true) = self { true } else { false } }
}
