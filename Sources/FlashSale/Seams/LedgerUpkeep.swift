// The duties' half of the seam to Postgres: ending expired holds, raising epochs, reading whole sales,
// retiring them.
//
// Trust rule: a duty's write carries its fence, and the ledger refuses an old one. The calls keep to a deadline of the
// ledger's own.

/// The ledger as duties see it.
public protocol LedgerUpkeep: Sendable {
    /// Ends holds of a lane that are past their time and the grace, oldest first. Looks at no more than `limit` holds,
    /// ended ones included. A stale `fence` ends nothing; while nothing is due, the ledger need not say so.
    func expire(
        _ sale: SaleID, in lane: Lane?, atMost limit: Int, fence: FencingNumber
    ) async throws(LedgerFailure) -> ExpireOutcome

    /// Raises the sale's epoch from the seen one and returns the new one. Nil if another rebuild came first, the fence
    /// is stale, or the last raise is less than 500 ms ago.
    func raiseEpoch(of sale: SaleID, _ raise: EpochRaise) async throws(LedgerFailure) -> Int32?

    /// All units of the sale, and what each buyer has bought, at one moment.
    func snapshot(of sale: Sale) async throws(LedgerFailure) -> StockSnapshot

    /// Which units of a part of the sale are free and which are sold, at one moment. Ordinals count from the first unit
    /// of the part.
    func stock(of sale: Sale, units: Range<Int>) async throws(LedgerFailure) -> StockBits

    /// The state of some units, in their order, at one moment.
    func units(_ ordinals: [Int], of sale: Sale) async throws(LedgerFailure) -> [UnitState]

    /// The changes of the sale's units in the order in which they were committed, a page at a time.
    ///
    /// The ledger keeps a change until the holder of the drift check has it, and nobody else takes changes away. So
    /// this is a write: it carries that duty's fence.
    ///
    /// - Parameter page: the last page, which the ledger forgets now. Nil forgets all changes so far and returns none.
    func changes(
        of sale: Sale, after page: ChangePage?, fence: FencingNumber
    ) async throws(LedgerFailure) -> ChangesOutcome

    /// Takes one step of retention: moves at most `limit` rows of the oldest sale that is due into the archive, or else
    /// deletes as many of the oldest that the archive forgets. What buyers were promised is told as before until then.
    func retire(
        _ policy: RetentionPolicy, atMost limit: Int, fence: FencingNumber
    ) async throws(LedgerFailure) -> RetireOutcome
}

/// What `expire` returns.
public enum ExpireOutcome: Hashable, Sendable {
    /// Another instance has the duty: stop.
    case stale
    /// These holds have ended. It is behind if the limit stopped it, though it may have ended nothing: more may be due.
    case swept([EndedHold], isBehind: Bool)
}

/// The right to raise a sale's epoch: the epoch that was seen, and the fence of the rebuild duty.
public struct EpochRaise: Hashable, Sendable {
    public let seen: Int32
    public let fence: FencingNumber

    public init(seen: Int32, fence: FencingNumber) {
        self.seen = seen
        self.fence = fence
    }
}

/// What `retire` returns.
public enum RetireOutcome: Hashable, Sendable {
    /// Another instance has the duty: stop.
    case stale
    /// No sale is due.
    case idle
    /// Rows went into the archive.
    case moved(rows: Int)
    /// Rows of the archive are gone.
    case forgotten(rows: Int)
}
