// The seam to Postgres: what has happened in sales, and how far it has been told.
//
// Trust rule: an event is told only if nothing before it can still be committed, and it counts as told only while the
// herald's fence stands. Whoever has the duty next goes on from there, and tells the last events again.

public import FlashSale

/// The events of sales that the ledger keeps for the herald.
public protocol EventLedger: Sendable {
    /// The sales that have something to tell, oldest first. Nil if the fence is stale.
    func due(fence: FencingNumber) async throws(LedgerFailure) -> [UntoldSale]?

    /// Up to which number everything of the sale is committed. It waits for the batch at work, so ask it seldom. Nil
    /// while a change by hand is under way.
    func horizon(of sale: SaleID) async throws(LedgerFailure) -> Int64?

    /// The next events of the sale up to the horizon, in their order.
    func events(
        of sale: UntoldSale, upTo horizon: Int64, atMost limit: Int
    ) async throws(LedgerFailure) -> [LedgerEvent]

    /// Notes that everything of the sale up to a number was told.
    ///
    /// - Returns: false if the fence is stale: then nothing was noted.
    func advance(_ sale: SaleID, to number: Int64, fence: FencingNumber) async throws(LedgerFailure) -> Bool
}

/// A sale that has something to tell.
public struct UntoldSale: Hashable, Sendable {
    public let id: SaleID
    /// The number of the last event that was told; 0 before the first.
    public let told: Int64

    public init(id: SaleID, told: Int64) {
        self.id = id
        self.told = told
    }
}
