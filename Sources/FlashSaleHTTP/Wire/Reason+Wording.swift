// The wire form of a reason: its status, its words, and whether the same request may succeed later.

internal import NIOHTTP1
internal import Telemetry

struct Wording: Sendable {
    let status: HTTPResponseStatus
    /// Names the kind of refusal; the same for every occurrence.
    let title: String
    /// A sentence for people.
    let message: String
    let isRetryable: Bool

    init(_ status: HTTPResponseStatus, _ title: String, _ message: String, retryable: Bool = false) {
        self.status = status
        self.title = title
        self.message = message
        isRetryable = retryable
    }

    static func unavailable(_ message: String) -> Wording {
        Wording(.serviceUnavailable, "Service unavailable", message, retryable: true)
    }

    static let unknownPath = Wording(.notFound, "Not found", "The path was not found.")
}

extension Reason {
    var wording: Wording {
        switch self {
        case .validation:
            Wording(.badRequest, "Bad request", "The request is not valid; errors says what is wrong with which field.")
        case .userLimitExceeded:
            Wording(.badRequest, "Limit reached", "The sale's limit of items for one buyer is reached.")
        case .holdLimitExceeded:
            Wording(
                .badRequest, "Hold limit reached",
                "Too many items that this buyer held in the sale were not paid for; what is in the cart can be bought.")
        case .alreadyCheckedOut:
            Wording(.badRequest, "Already checked out", "This item is already in the buyer's cart.")
        case .saleNotActive:
            Wording(.badRequest, "Sale not active", "The sale is not active.")
        case .itemNotInSale:
            Wording(.badRequest, "Item not in sale", "The item does not belong to the active sale.")
        case .unauthorized:
            Wording(.unauthorized, "Unauthorized", "This request needs a valid bearer token.")
        case .forbidden:
            Wording(.forbidden, "Forbidden", "The bearer token does not allow this.")
        case .methodNotAllowed:
            Wording(
                .methodNotAllowed, "Method not allowed",
                "This path does not take this method; Allow says which it takes.")
        case .bodyTooLarge:
            Wording(.payloadTooLarge, "Body too large", "The body of the request is too large.")
        case .unsupportedMediaType:
            Wording(.unsupportedMediaType, "Unsupported media type", "The body must be application/json, not coded.")
        case .headerTooLarge:
            Wording(.requestHeaderFieldsTooLarge, "Header too large", "The head of the request is too large.")
        case .unsupportedTransferCoding:
            Wording(
                .notImplemented, "Unsupported transfer coding",
                "The body may come in chunks, and in no other transfer coding.")
        case .shopNotFound: Wording(.notFound, "Shop not found", "The shop in X-Shop-ID was not found.")
        case .saleNotFound: Wording(.notFound, "Sale not found", "The sale was not found.")
        case .itemNotFound: Wording(.notFound, "Item not found", "The item was not found.")
        case .checkoutNotFound: Wording(.notFound, "Checkout not found", "The checkout was not found.")
        case .queueNotFound: Wording(.notFound, "Queue not found", "The sale has no waiting room.")
        case .itemSold: Wording(.conflict, "Item sold", "The item is sold.")
        case .itemHeld:
            Wording(.conflict, "Item held", "The item is in other buyers' carts; it may come free.", retryable: true)
        case .allItemsSold: Wording(.conflict, "All items sold", "All items of the sale are sold.")
        case .alreadyProcessed: Wording(.conflict, "Already processed", "This checkout has already been purchased.")
        case .purchaseInProgress:
            Wording(.conflict, "Purchase in progress", "A purchase of this checkout is under way.", retryable: true)
        case .saleOverlaps: Wording(.conflict, "Sale overlaps", "The sale would overlap another one.")
        case .salePaused: Wording(.conflict, "Sale paused", "The sale is paused; try again later.", retryable: true)
        case .stale:
            Wording(.conflict, "Stale", "The sale has changed since the version in If-Match; read it again.")
        case .stockInUse:
            Wording(.conflict, "Stock in use", "Units beyond the new stock are held or sold.")
        case .nothingToRefund:
            Wording(
                .conflict, "Nothing to refund",
                "An item that was asked for, or all of the order, was not sold or is refunded already.")
        case .checkoutExpired:
            Wording(.gone, "Checkout expired", "The checkout has expired; nothing of it can be bought any more.")
        case .idempotencyKeyReused:
            Wording(
                .unprocessableEntity, "Idempotency key reused", "This Idempotency-Key was used for another request.")
        case .rateLimited:
            Wording(.tooManyRequests, "Too many requests", "Too many requests; try again later.", retryable: true)
        case .waitingRoom:
            Wording(
                .tooManyRequests, "Waiting room",
                "The buyer's number has not been called yet; queue says how it stands.",
                retryable: true)
        case .overloaded: .unavailable("The service is overloaded; try again later.")
        case .database: .unavailable("The database cannot answer now; try again later.")
        case .redis: .unavailable("The cache cannot answer now; try again later.")
        case .timeout: .unavailable("The request took too long; try again later.")
        case .draining: .unavailable("This instance is shutting down; try again.")
        case .shopMoved: .unavailable("The shop is moving to another ledger; try again.")
        // The client has gone and reads no answer.
        case .internal, .clientClosed:
            Wording(.internalServerError, "Internal error", "Something went wrong on our side.")
        }
    }
}
