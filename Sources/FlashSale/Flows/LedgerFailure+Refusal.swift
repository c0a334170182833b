// How a failure of the ledger becomes a refusal.

import Telemetry

extension LedgerFailure {
    /// What the buyer is told. A request is cancelled when its client leaves and when its time is over; the deadline
    /// tells which.
    func refusal(by deadline: Deadline) -> Refusal {
        Refusal(reason == .clientClosed && deadline <= .now ? .timeout : reason)
    }

    /// Counts an oversell that only the last wall prevented, and keeps its trace.
    func countGuard(_ instruments: SaleInstruments) {
        guard isByConstraint else { return }
        instruments.saleOversellPreventedTotal.increment(.uniqueConstraint)
        Trace.current?.noteInvariant()
    }
}
