// How the end of a hold is counted: once, after the ledger has committed it, with the age that the ledger says.

public import Telemetry

extension SaleInstruments {
    /// Counts holds that ended because a buyer bought or gave back what he held.
    func count(_ ended: [EndedHold], as outcome: HoldOutcome) {
        checkoutHoldsReleasedTotal.increment(outcome, by: UInt64(ended.count))
        for hold in ended { checkoutHoldAgeSeconds.observe(hold.age, outcome) }
    }

    /// Counts holds that ended because their time was up, or their sale's.
    public func countTimedOut(_ ended: [EndedHold], of sale: Sale) {
        for hold in ended { count([hold], as: hold.hold.expiresAt >= sale.endedAt ? .saleEnded : .expired) }
    }
}
