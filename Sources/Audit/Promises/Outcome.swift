// The outcome of a request, in the few classes by which a sale is judged.

/// The class of an answer, or of its absence.
package enum Outcome: UInt8, CaseIterable, Codable, Sendable {
    /// The service did what the request asked.
    case won
    /// Refused for stock: sold, held by others, or all sold.
    case soldOut
    /// Refused because of the buyer's limit, or of holds that the buyer let end.
    case limit
    /// Refused for another good reason: already bought, expired, cancelled, not called yet.
    case refused
    /// Refused to protect the service: 429 and 503.
    case shed
    /// A failure: any other 5xx, a request that was not understood, bytes that are no answer.
    case error
    /// No answer: the deadline passed or the connection was lost. Its effect is not known.
    case unknown

    /// Its name in reports and metrics.
    package var name: String {
        switch self {
        case .won: "won"
        case .soldOut: "sold_out"
        case .limit: "limit"
        case .refused: "refused"
        case .shed: "shed"
        case .error: "error"
        case .unknown: "unknown"
        }
    }

    package init?(name: Substring) {
        guard let found = Outcome.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }

    /// Whether the service decided the request, with a yes or a no.
    package var isDecision: Bool { self != .shed && self != .error && self != .unknown }

    /// - Parameters:
    ///   - status: of HTTP.
    ///   - reason: the `code` of the problem document, if there was one.
    package init(status: Int, reason: Reason?) {
        switch (status, reason) {
        case (200..<300, _): self = .won
        case (304, _): self = .won
        case (429, .waitingRoom): self = .refused
        case (429, _), (503, _): self = .shed
        case (_, .itemSold), (_, .itemHeld), (_, .allItemsSold): self = .soldOut
        case (_, .userLimitExceeded), (_, .holdLimitExceeded): self = .limit
        case (_, .validation), (_, .itemNotInSale), (_, nil): self = .error
        case (400..<500, _): self = .refused
        default: self = .error
        }
    }

    /// The refusals that say more than their status. They are restated here on purpose, apart from the service's own
    /// list.
    package enum Reason: String, CaseIterable, Sendable {
        case validation
        case userLimitExceeded = "user_limit_exceeded"
        case holdLimitExceeded = "hold_limit_exceeded"
        case alreadyCheckedOut = "already_checked_out"
        case saleNotActive = "sale_not_active"
        case itemNotInSale = "item_not_in_sale"
        case saleNotFound = "sale_not_found"
        case itemNotFound = "item_not_found"
        case checkoutNotFound = "checkout_not_found"
        case itemSold = "item_sold"
        case itemHeld = "item_held"
        case allItemsSold = "all_items_sold"
        case alreadyProcessed = "already_processed"
        case purchaseInProgress = "purchase_in_progress"
        case salePaused = "sale_paused"
        case waitingRoom = "waiting_room"
        case queueNotFound = "queue_not_found"
        case checkoutExpired = "checkout_expired"
        case idempotencyKeyReused = "idempotency_key_reused"
    }
}
