// The buyers' half of the seam to Postgres: the ledger, which says every yes.
//
// Trust rule: what the ledger returns is committed. If it cannot return, it throws a `LedgerFailure`: the outcome is
// unknown, and the caller neither promises anything nor takes anything back. No call outlives its deadline.

/// The ledger as buyers' requests see it. What a call returns is committed.
public protocol SaleLedger: Sendable {
    /// Holds a unit for a buyer, under the code of the buyer's open cart or under a new one.
    func record(_ checkout: CheckoutRequest, deadline: Deadline) async throws(LedgerFailure) -> RecordOutcome

    /// Sells what the ledger holds under a code.
    func order(_ purchase: PurchaseRequest, deadline: Deadline) async throws(LedgerFailure) -> OrderOutcome

    /// Cancels one hold of an open cart, or all of them.
    ///
    /// - Parameters:
    ///   - buyer: the proven buyer, to whom another's cart does not exist; nil if nobody was proven.
    ///   - lane: the lane that the code names.
    func release(
        _ code: CheckoutCode, item: ItemID?, by buyer: BuyerID?, in lane: Lane?, deadline: Deadline
    ) async throws(LedgerFailure) -> ReleaseOutcome

    /// Reads the state of an item and of a buyer, to confirm a no. Takes no lock and changes nothing.
    func confirm(
        _ item: ItemID, for buyer: BuyerID, deadline: Deadline
    ) async throws(LedgerFailure) -> Confirmation

    /// The order of a code, if it has one.
    func find(_ code: CheckoutCode, deadline: Deadline) async throws(LedgerFailure) -> Order?

    /// The idempotency keys of the sale's checkouts; nil if there are more than the limit. It may take long.
    func usedKeys(of sale: SaleID, atMost limit: Int) async throws(LedgerFailure) -> UsedKeys?
}

/// A checkout as the flow passes it to the ledger.
public struct CheckoutRequest: Hashable, Sendable {
    public var item: ItemID
    public var buyer: BuyerID
    /// What the gate reserved: the unit, under the code that the gate has for the buyer's cart. Nil accepts any unit.
    /// The cart does not get that code from here; if it has another one, the drift check hears of it.
    public var reservation: Hold?
    /// The code of the cart if the buyer has no open one.
    public var candidate: CheckoutCode
    public var key: IdempotencyKey?
    /// The number that let the buyer in. A cart keeps that of its first checkout. Nil without a waiting room.
    public var queueNumber: Int32?
    /// The buyer's lane, which the candidate names.
    public var lane: Lane?

    public init(
        item: ItemID, buyer: BuyerID, reservation: Hold?, candidate: CheckoutCode, key: IdempotencyKey?,
        queueNumber: Int32? = nil, lane: Lane? = nil
    ) {
        self.item = item
        self.buyer = buyer
        self.reservation = reservation
        self.candidate = candidate
        self.key = key
        self.queueNumber = queueNumber
        self.lane = lane
    }
}

/// What `record` returns.
public enum RecordOutcome: Hashable, Sendable {
    /// The unit is held. It need not be the requested one. `isReplay` is true if the idempotency key was used before.
    case held(Cart, unit: Int32, isReplay: Bool)
    /// The buyer's open cart holds this item already.
    case alreadyCheckedOut(CheckoutCode)
    case userLimitExceeded
    /// The buyer has let too many holds end unpaid.
    case holdLimitExceeded
    /// No unit of the item was free. `confirm` says why.
    case noneFree
    case saleNotActive
    case salePaused
    /// The key belongs to a checkout of another item.
    case idempotencyKeyReused
}

/// A purchase as the flow passes it to the ledger.
public struct PurchaseRequest: Hashable, Sendable {
    public var code: CheckoutCode
    public var key: IdempotencyKey?
    /// The proven buyer, to whom another's cart does not exist; nil if nobody was proven.
    public var buyer: BuyerID?
    /// The lane that the code names.
    public var lane: Lane?

    public init(code: CheckoutCode, key: IdempotencyKey?, by buyer: BuyerID? = nil, in lane: Lane? = nil) {
        self.code = code
        self.key = key
        self.buyer = buyer
        self.lane = lane
    }
}

/// What `order` returns.
public enum OrderOutcome: Hashable, Sendable {
    /// The order of this purchase, and the holds that became sold units.
    case ordered(Order, sold: [EndedHold])
    /// The code had its order before. `isReplay` is true if this request's key made it.
    case alreadyProcessed(Order, isReplay: Bool)
    /// Nothing under the code can be bought any more.
    case expired
    /// Purchases of the sale are paused.
    case paused
    case notFound
}

/// What `release` returns.
public enum ReleaseOutcome: Hashable, Sendable {
    /// The cancelled holds, and how many units the cart still holds.
    case released([EndedHold], itemsLeft: Int)
    case alreadyProcessed(Order)
    case expired
    case notFound
    /// The cart exists, but does not hold the item.
    case itemNotFound
}

/// The state of an item and of a buyer at one moment. Holds past their time and the grace count as free.
public struct Confirmation: Hashable, Sendable {
    public enum Stock: Hashable, Sendable {
        case free
        /// Every unit is held or sold, and some are held. The first of these holds is over at `retryAt`.
        case held(retryAt: Timestamp)
        case itemSold
        case allItemsSold
    }

    public let stock: Stock
    /// The buyer's units in the sale, held and bought.
    public let taken: Int
    public let limit: Int
    /// The code of the buyer's open cart, if it holds this item.
    public let holding: CheckoutCode?
    /// When the ledger read this, by its own clock.
    public let readAt: Timestamp

    public init(stock: Stock, taken: Int, limit: Int, holding: CheckoutCode?, readAt: Timestamp) {
        self.stock = stock
        self.taken = taken
        self.limit = limit
        self.holding = holding
        self.readAt = readAt
    }
}
