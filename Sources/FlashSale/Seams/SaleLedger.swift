// The seam to Postgres: the ledger, which says every yes.
//
// Trust rule: what the ledger answers has been committed. An answer that could not be had is thrown as a
// `LedgerFailure`; then nothing is known of the effect, and the caller neither promises nor takes anything back. No
// call outlives the deadline it is given; those without one keep to a deadline of the ledger's own.

public import Telemetry

public protocol SaleLedger: Sendable {
    /// Holds a unit for a buyer, under his open cart's code or a fresh one.
    func record(_ checkout: CheckoutRequest, deadline: Deadline) async throws(LedgerFailure) -> CheckoutAnswer

    /// Sells what the ledger holds under a code.
    func order(_ purchase: PurchaseRequest, deadline: Deadline) async throws(LedgerFailure) -> PurchaseAnswer

    /// Gives back one item of an open cart, or all of it.
    func release(
        _ code: CheckoutCode, item: ItemID?, deadline: Deadline
    ) async throws(LedgerFailure) -> CancelAnswer

    /// Ends holds that are past their time and grace, oldest first, looking at no more than `limit` holds, those that
    /// have ended otherwise included. A stale `fence` ends nothing.
    func expire(_ sale: SaleID, atMost limit: Int, fence: FencingNumber) async throws(LedgerFailure) -> ExpiryAnswer

    /// Reads how it stands with an item and a buyer, to confirm a no. Takes no lock and changes nothing.
    func confirm(
        _ item: ItemID, for buyer: BuyerID, deadline: Deadline
    ) async throws(LedgerFailure) -> Confirmation

    /// The order of a code, if it has one.
    func find(_ code: CheckoutCode, deadline: Deadline) async throws(LedgerFailure) -> Order?

    /// Raises the sale's epoch from the one that was seen and returns the new one; nil if another came first, the fence
    /// is stale, or the last raise is less than 500 ms ago.
    func raiseEpoch(of sale: SaleID, _ raise: EpochRaise) async throws(LedgerFailure) -> Int32?

    /// All of the sale's units, and what each buyer has bought, at one moment.
    func snapshot(of sale: Sale) async throws(LedgerFailure) -> StockSnapshot

    /// The units of some of the sale's items at one moment, without the buyers; ordinals count from the first of them.
    func snapshot(of sale: Sale, items: ClosedRange<Int32>) async throws(LedgerFailure) -> StockSnapshot
}

/// A checkout as the flow puts it to the ledger.
public struct CheckoutRequest: Hashable, Sendable {
    public var item: ItemID
    public var buyer: BuyerID
    /// The unit number that the gate reserved; nil takes any free one.
    public var unit: Int32?
    /// The code of the cart if the buyer has none open.
    public var candidate: CheckoutCode
    public var key: IdempotencyKey?

    public init(item: ItemID, buyer: BuyerID, unit: Int32?, candidate: CheckoutCode, key: IdempotencyKey?) {
        self.item = item
        self.buyer = buyer
        self.unit = unit
        self.candidate = candidate
        self.key = key
    }
}

public enum CheckoutAnswer: Hashable, Sendable {
    /// Held: the cart, and the unit's number, which need not be the one asked for. `isReplay` is true where the
    /// idempotency key had its answer already.
    case held(Cart, unit: Int32, isReplay: Bool)
    /// The buyer's open cart holds this item already.
    case alreadyCheckedOut(CheckoutCode)
    case userLimitExceeded
    /// No unit of the item was free; `confirm` says why.
    case noneFree
    case saleNotActive
    /// The key belongs to a checkout of another item.
    case idempotencyKeyReused
}

/// A purchase as the flow puts it to the ledger.
public struct PurchaseRequest: Hashable, Sendable {
    public var code: CheckoutCode
    public var key: IdempotencyKey?

    public init(code: CheckoutCode, key: IdempotencyKey?) {
        self.code = code
        self.key = key
    }
}

public enum PurchaseAnswer: Hashable, Sendable {
    /// Sold now: the order, and the holds that became sold units.
    case ordered(Order, sold: [EndedHold])
    /// The code had its order before. `isReplay` is true where this request's key is the one that made it.
    case alreadyProcessed(Order, isReplay: Bool)
    /// Nothing under the code can be bought any more.
    case expired
    case notFound
}

public enum CancelAnswer: Hashable, Sendable {
    /// What was given back, and how many units the cart still holds.
    case released([EndedHold], itemsLeft: Int)
    case alreadyProcessed(Order)
    case expired
    case notFound
    /// The cart is there, but does not hold the item.
    case itemNotFound
}

/// What an expiry run ended.
public struct ExpiryAnswer: Hashable, Sendable {
    public let ended: [EndedHold]
    /// True if the duty has gone to another holder: stop.
    public let isStale: Bool
    /// True if the limit kept it from going on, though it may have ended nothing: there may be more.
    public let isBehind: Bool

    public init(ended: [EndedHold], isStale: Bool, isBehind: Bool = false) {
        self.ended = ended
        self.isStale = isStale
        self.isBehind = isBehind
    }
}

/// How it stands with an item and a buyer at one moment. Holds past expiry and grace count as free.
public struct Confirmation: Hashable, Sendable {
    public enum Stock: Hashable, Sendable {
        case free
        /// Held to the last unit; the earliest of the holds is over at `retryAt`.
        case held(retryAt: Timestamp)
        case itemSold
        case allItemsSold
    }

    public let stock: Stock
    /// The buyer's units in the sale, held and bought.
    public let taken: Int
    public let limit: Int
    /// The buyer's open cart, if it holds this very item.
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

/// The right to raise a sale's epoch: the epoch that was seen, and the rebuild duty's fence.
public struct EpochRaise: Hashable, Sendable {
    public let seen: Int32
    public let fence: FencingNumber

    public init(seen: Int32, fence: FencingNumber) {
        self.seen = seen
        self.fence = fence
    }
}

/// The ledger could not answer: what the client is told (`database`, `timeout` or `overloaded`) and why.
public struct LedgerFailure: Error, CustomStringConvertible {
    /// Why, as a buyer hears it. `clientClosed`: the caller's task was cancelled.
    public let reason: Reason
    /// Whether a constraint stood in the way: the last wall, that all before it should have made needless.
    public let isByConstraint: Bool
    public let underlying: any Error

    public init(_ reason: Reason, isByConstraint: Bool = false, underlying: any Error) {
        self.reason = reason
        self.isByConstraint = isByConstraint
        self.underlying = underlying
    }

    public var description: String { "\(reason.rawValue): \(underlying)" }
}
