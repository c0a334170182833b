// What a failure of the ledger becomes on its way to the buyer.

import Telemetry

extension LedgerFailure {
    /// What the buyer is told. A request is called off when its client leaves and when its time is up, and only its
    /// deadline tells which.
    func refusal(by deadline: Deadline) -> Refusal {
        Refusal(reason == .clientClosed && deadline <= .now ? .timeout : reason)
    }

    /// Counts what only the last wall kept from happening, and has its trace kept.
    func countGuard(_ instruments: SaleInstruments) {
        guard isByConstraint else { return }
        instruments.saleOversellPreventedTotal.increment(.uniqueConstraint)
        Trace.current?.noteInvariant()
    }
}
