// The duties' half of the seam to Redis: loading a sale into the gate, reading it, and telling it facts.
//
// Trust rule: nobody's request waits for these calls, so no breaker stands before them. They see the gate as it is.

/// The gate as duties see it. A call that fails is told by its value, and throws only what its closure throws.
public protocol GateUpkeep: Sendable {
    /// Replaces everything that the gate has of the sale with the ledger's snapshot, under a new epoch.
    ///
    /// The gate first begins to keep the facts that it is told, then asks for the snapshot, and at the end applies the
    /// facts to it. So a commit during the read is in the snapshot or among the facts. Returns false and leaves the
    /// sale not loaded if a higher epoch or another load came between.
    func load(
        _ sale: Sale, epoch: Int32, snapshot: @Sendable () async throws(LedgerFailure) -> StockSnapshot
    ) async throws(LedgerFailure) -> Bool

    /// Whether the gate says that the sale is not loaded, or a fact since the last load did not reach it: then the sale
    /// has to be loaded again. False if the gate does not reply: that says nothing of what it has.
    func hasLost(_ sale: Sale) async -> Bool

    /// The stock as the gate counts it. Nil if the sale is not loaded, if the gate does not reply, or if a fact since
    /// the last load did not reach the gate.
    func count(_ sale: Sale) async -> StockCount?

    /// Which units are free and which are sold, at one moment. Nil if the sale is not loaded or the gate does not
    /// reply.
    func stock(of sale: Sale) async -> StockBits?

    /// The state of some units, in their order, to compare with the ledger. Nil if the sale is not loaded or the gate
    /// does not reply.
    func units(_ ordinals: [Int], of sale: Sale) async -> [UnitState]?

    /// Tells the gate facts that the ledger has committed, as ``SaleGate/settle(_:of:unlocking:for:)`` does.
    @discardableResult
    func tell(_ facts: [GateFact], of sale: Sale) async -> Bool
}
