// The labels of the sale, checkout and purchase family. The reasons are in Reason.swift.

extension Reason: LabelValue {
    public static let labelName = "reason"

    /// A reason that a family does not know is counted as ours to look into.
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

/// The layer that refused to sell what was not there.
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

/// Which way a reconciliation moved the gate.
public enum CorrectionDirection: String, LabelValue {
    case up
    case down

    public static let labelName = "direction"
}

/// What was asked for again and answered from the stored result.
public enum ReplayedOperation: String, LabelValue {
    case checkout
    case purchase

    public static let labelName = "operation"
}
