// The labels of the sale, checkout and purchase family. The reasons are in Reason.swift.

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

/// What became of rows of an ended sale.
public enum RetentionStep: String, LabelValue {
    /// Into the archive.
    case moved
    /// Out of it.
    case forgotten

    public static let labelName = "step"
}

/// The operation whose stored answer was sent again.
public enum ReplayedOperation: String, LabelValue {
    case checkout
    case purchase

    public static let labelName = "operation"
}
