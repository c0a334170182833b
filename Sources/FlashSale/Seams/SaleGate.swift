// The buyers' half of the seam to Redis: what a request asks of the gate, and what the gate may say.
//
// Trust rule: the gate says a cheap no, or picks a unit that is probably free. The ledger says every yes, and it
// confirms every no that time can undo before a buyer hears it. So no call throws: a gate that fails returns
// `unavailable`, and the flow goes on without it.

public import Telemetry

/// The gate as buyers' requests see it. No call throws.
public protocol SaleGate: Sendable {
    /// Looks for a free unit of the item and reserves it for the buyer, in one round trip.
    ///
    /// - Parameter candidate: the code for the reservation if the buyer has no open cart.
    func reserve(_ item: ItemID, for buyer: BuyerID, of sale: Sale, candidate: CheckoutCode) async -> ReserveOutcome

    /// Takes the code's lock, so that only one of two equal purchases does the work.
    func begin(_ code: CheckoutCode) async -> BeginOutcome

    /// Tells the gate facts that the ledger has committed, and releases a code's lock.
    ///
    /// Facts are idempotent, in any order and any epoch: `sold` always wins, and `released` counts only while the same
    /// code holds the unit. Returns false if the gate did not hear them; then the drift check mends the gate.
    ///
    /// - Parameter waiter: bounds how long the call may take.
    @discardableResult
    func settle(
        _ facts: [GateFact], of sale: Sale, unlocking lock: CodeLock?, for waiter: GateWaiter
    ) async -> Bool

    /// Releases a code's lock without any fact. Returns false if the gate did not hear it; then the lock expires.
    @discardableResult
    func unlock(_ lock: CodeLock) async -> Bool

    /// Stops counting the lock as held: nobody will release it, so it expires.
    func forget(_ lock: CodeLock)
}

/// Who waits while the gate is told.
public enum GateWaiter: Hashable, Sendable {
    /// A buyer: the call may take as long as any other step of a request.
    case buyer
    /// A duty, or work that follows an answer.
    case nobody
}

/// What `reserve` returns.
public enum ReserveOutcome: Hashable, Sendable {
    /// The unit to ask the ledger for, and the code that the gate has for the buyer's cart.
    case reserved(Unit, CheckoutCode)
    /// A no to confirm: `itemSold`, `itemHeld`, `userLimitExceeded` or `alreadyCheckedOut`.
    case refused(Reason)
    /// The sale's keys are missing, or belong to another epoch or another run of Redis. This says nothing about stock.
    case notLoaded
    case unavailable
}

/// What `begin` returns.
public enum BeginOutcome: Hashable, Sendable {
    case begun(CodeLock)
    /// Another purchase of the code is in progress.
    case inProgress
    /// The gate cannot lock now. The ledger's constraints guard alone.
    case unavailable
}

/// The right to purchase a code for a moment. It only saves work: the ledger's constraints are the guard.
public struct CodeLock: Hashable, Sendable {
    public let code: CheckoutCode
    /// 128 random bits in hexadecimal. The lock is released only with the same token.
    public let token: String

    public init(code: CheckoutCode, token: String) {
        self.code = code
        self.token = token
    }
}
