// The labels of the sale, checkout and purchase family. The reasons are in Reason.swift.

extension Reason: LabelValue {
    public static let labelName = "reason"

    /// A reason that a family does not expect counts as `internal`.
    public var folded: Reason { .internal }

    /// Why a checkout can fail.
    static let ofCheckouts: [Reason] = [
        .validation, .userLimitExceeded, .alreadyCheckedOut, .saleNotActive, .itemNotInSale, .unsupportedMediaType,
        .saleNotFound, .itemNotFound, .checkoutNotFound, .itemSold, .itemHeld, .allItemsSold, .checkoutExpired,
        .idempotencyKeyReused, .overloaded, .database, .redis, .timeout, .draining, .internal, .clientClosed,
    ]

    /// Why a purchase can fail, whole or in one item.
    static let ofPurchases: [Reason] = [
        .validation, .userLimitExceeded, .saleNotActive, .unsupportedMediaType, .checkoutNotFound, .itemSold,
        .itemHeld, .allItemsSold, .alreadyProcessed, .purchaseInProgress, .checkoutExpired, .idempotencyKeyReused,
        .overloaded, .database, .redis, .timeout, .draining, .internal, .clientClosed,
    ]

    /// Why one item of a purchase that went through was not sold.
    static let ofPurchaseItems: [Reason] = [.userLimitExceeded, .itemSold, .itemHeld, .checkoutExpired, .internal]
}

/// How a flow ended.
public enum FlowOutcome: String, LabelValue {
    case success
    case failure

    public static let labelName = "outcome"
}

/// How a hold ended.
public enum HoldOutcome: String, LabelValue {
    case purchased
    case expired
    case cancelled
    case saleEnded = "sale_ended"

    public static let labelName = "outcome"
}

/// The guard that refused to sell a unit that was not free.
public enum OversellGuard: String, LabelValue {
    case redisScript = "redis_script"
    case rowUpdate = "row_update"
    case uniqueConstraint = "unique_constraint"
    case userLimit = "user_limit"

    public static let labelName = "guard"
}

/// Which two counts of the stock were compared.
public enum DriftSource: String, LabelValue {
    case redisVersusRows = "redis_vs_rows"
    case counterVersusRows = "counter_vs_rows"

    public static let labelName = "source"
}

/// How a reconciliation ended.
public enum ReconciliationResult: String, LabelValue {
    case ok
    case drift
    case error

    public static let labelName = "result"
}

/// The direction in which a reconciliation corrected the gate.
public enum CorrectionDirection: String, LabelValue {
    case up
    case down

    public static let labelName = "direction"
}

/// The operation whose stored answer was sent again.
public enum ReplayedOperation: String, LabelValue {
    case checkout
    case purchase

    public static let labelName = "operation"
}
