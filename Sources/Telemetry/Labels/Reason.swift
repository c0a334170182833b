// Why a request was refused: one closed list for the answer's JSON `code`, the failure metrics' `reason` label and the
// logs. FlashSaleHTTP gives each reason its status, sentence and headers.

/// Why a request was refused.
///
/// The raw value is the wire form: the `code` of a problem document and the `reason` label of the failure metrics.
public enum Reason: String, CaseIterable, Sendable, Hashable {
    // 400: the request cannot be done as it stands.
    case validation
    case userLimitExceeded = "user_limit_exceeded"
    case holdLimitExceeded = "hold_limit_exceeded"
    case alreadyCheckedOut = "already_checked_out"
    case saleNotActive = "sale_not_active"
    case itemNotInSale = "item_not_in_sale"

    // 401 to 431, and 501: the service does not serve such a request.
    case unauthorized
    case forbidden
    case methodNotAllowed = "method_not_allowed"
    case bodyTooLarge = "body_too_large"
    case unsupportedMediaType = "unsupported_media_type"
    case headerTooLarge = "header_too_large"
    case unsupportedTransferCoding = "unsupported_transfer_coding"

    // 404: the thing that it names does not exist.
    case shopNotFound = "shop_not_found"
    case saleNotFound = "sale_not_found"
    case itemNotFound = "item_not_found"
    case checkoutNotFound = "checkout_not_found"
    case queueNotFound = "queue_not_found"

    // 409 and 410: the state of the sale says no.
    case itemSold = "item_sold"
    case itemHeld = "item_held"
    case allItemsSold = "all_items_sold"
    case alreadyProcessed = "already_processed"
    case purchaseInProgress = "purchase_in_progress"
    case saleOverlaps = "sale_overlaps"
    case salePaused = "sale_paused"
    case stale
    case stockInUse = "stock_in_use"
    case nothingToRefund = "nothing_to_refund"
    case checkoutExpired = "checkout_expired"

    // 422: the same key under another request.
    case idempotencyKeyReused = "idempotency_key_reused"

    // 429, 503, 500: not now, or the service's fault.
    case rateLimited = "rate_limited"
    case waitingRoom = "waiting_room"
    case overloaded
    case database
    case redis
    case timeout
    case draining
    case shopMoved = "shop_moved"
    case `internal`

    /// The client went away before its answer was ready. Only the failure metrics have this reason; it is never sent.
    case clientClosed = "client_closed"
}

extension Reason: LabelValue {
    public static let labelName = "reason"

    /// A reason that a family does not expect counts as `internal`.
    public var folded: Reason { .internal }

    /// What is counted by its reason when it fails.
    enum Failure {
        case checkout
        case purchase
        /// One item of a purchase that went through.
        case purchasedItem
    }

    static func all(of failure: Failure) -> [Reason] { allCases.filter { $0.failures.contains(failure) } }

    /// What can fail for this reason. A request that is none of these is counted by its status alone.
    private var failures: Set<Failure> {
        switch self {
        case .userLimitExceeded, .itemSold, .itemHeld, .checkoutExpired, .internal:
            [.checkout, .purchase, .purchasedItem]
        case .validation, .saleNotActive, .salePaused, .unsupportedMediaType, .checkoutNotFound, .allItemsSold,
            .idempotencyKeyReused, .overloaded, .database, .redis, .timeout, .draining, .clientClosed:
            [.checkout, .purchase]
        case .holdLimitExceeded, .alreadyCheckedOut, .itemNotInSale, .shopNotFound, .saleNotFound, .itemNotFound,
            .waitingRoom:
            [.checkout]
        case .alreadyProcessed, .purchaseInProgress: [.purchase]
        case .unauthorized, .forbidden, .methodNotAllowed, .bodyTooLarge, .headerTooLarge,
            .unsupportedTransferCoding, .saleOverlaps, .shopMoved, .stale, .stockInUse, .nothingToRefund,
            .rateLimited, .queueNotFound:
            []
        }
    }
}
