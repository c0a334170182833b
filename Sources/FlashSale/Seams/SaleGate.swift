// The seam to Redis: what the gate may be asked, and what it may say.
//
// Trust rule: the gate only ever says a cheap no, and names a unit that is probably free. Every yes is the ledger's,
// and every no that time can undo is confirmed by the ledger before a buyer hears it. So no answer here is thrown: a
// gate that cannot answer says `unavailable`, and the flow goes on without it.

public import Telemetry

public protocol SaleGate: Sendable {
    /// Looks for a free unit of the item and reserves it for the buyer, in one round trip.
    ///
    /// - Parameter candidate: the code to hold it under if the buyer has no open cart.
    func reserve(_ item: ItemID, for buyer: BuyerID, of sale: Sale, candidate: CheckoutCode) async -> ReserveAnswer

    /// Takes the code's lock, so that a purchase sent twice does its work once.
    func begin(_ code: CheckoutCode) async -> BeginAnswer

    /// Tells the gate what the ledger has committed, and gives a code's lock back.
    ///
    /// Idempotent, in any order, in any epoch: `sold` always wins; `released` counts only while the same code holds the
    /// unit. Returns false if the gate could not be told; the drift check mends that later.
    ///
    /// - Parameter waiter: who waits for it, which bounds how long it may take.
    @discardableResult
    func settle(
        _ facts: [GateFact], of sale: Sale, unlocking lock: CodeLock?, for waiter: GateWaiter
    ) async -> Bool

    /// Gives a code's lock back where there is nothing to tell. Returns false if the gate could not be told; then the
    /// lock ends by itself.
    @discardableResult
    func unlock(_ lock: CodeLock) async -> Bool

    /// Nobody will give the lock back: it is left to end by itself, and counts no longer as one that is held.
    func forget(_ lock: CodeLock)

    /// Replaces all the gate knows of the sale by the ledger's snapshot, under a new epoch.
    ///
    /// The snapshot is asked for once the gate keeps every fact that it is told, and they are applied on top of it: so
    /// what is committed while the snapshot is read is in one of the two. Returns false, and leaves the gate not
    /// loaded, if a higher epoch or another load came between.
    func load(
        _ sale: Sale, epoch: Int32, snapshot: @Sendable () async throws(LedgerFailure) -> StockSnapshot
    ) async throws(LedgerFailure) -> Bool

    /// The stock as the gate counts it; nil if it is not loaded or cannot answer, or if a fact that it should have been
    /// told since its last load did not reach it: then it has to be loaded again.
    func count(_ sale: Sale) async -> StockCount?

    /// What the gate knows of some of the sale's items, to compare with the ledger; ordinals count from the first unit
    /// of the first of them, and nobody's purchases are in it. Nil if the gate is not loaded or cannot answer.
    func snapshot(of sale: Sale, items: ClosedRange<Int32>) async -> StockSnapshot?
}

extension SaleGate {
    /// Tells the gate what the ledger has committed while no buyer waits for that.
    @discardableResult
    public func settle(_ facts: [GateFact], of sale: Sale, unlocking lock: CodeLock?) async -> Bool {
        await settle(facts, of: sale, unlocking: lock, for: .nobody)
    }
}

/// Who waits while the gate is told.
public enum GateWaiter: Hashable, Sendable {
    /// A buyer, whose answer is known already: no longer than any step of his request.
    case buyer
    /// A duty, or work that follows an answer.
    case nobody
}

/// What the gate says to a checkout.
public enum ReserveAnswer: Hashable, Sendable {
    /// A unit to ask the ledger for, and the code the gate believes the buyer's cart has.
    case reserved(Unit, CheckoutCode)
    /// A no, to be confirmed: `itemSold`, `itemHeld`, `userLimitExceeded` or `alreadyCheckedOut`.
    case refused(Reason)
    /// The sale's keys are missing, of another epoch or of another Redis: says nothing about stock.
    case notLoaded
    case unavailable
}

/// What the gate says to a purchase.
public enum BeginAnswer: Hashable, Sendable {
    case begun(CodeLock)
    /// Another purchase of the code is under way.
    case inProgress
    /// The gate cannot lock now; the ledger's constraints guard alone.
    case unavailable
}

/// The right to purchase under a code for a moment. For efficiency only: the ledger's constraints are the guard.
public struct CodeLock: Hashable, Sendable {
    public let code: CheckoutCode
    /// 128 random bits as hexadecimal digits; only the holder of the same token may unlock.
    public let token: String

    public init(code: CheckoutCode, token: String) {
        self.code = code
        self.token = token
    }
}

/// Something the ledger has committed, for the gate to know.
public enum GateFact: Hashable, Sendable {
    case held(Hold)
    case sold(Hold)
    /// The hold ended without a sale, or the reservation was refused by the ledger.
    case released(Hold)
}
