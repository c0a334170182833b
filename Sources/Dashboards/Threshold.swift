// The thresholds of panels: yellow at a promise, red at an alert.

/// A limit at which an alert fires. `prometheus/rules` has the same number; a test compares the two.
public struct AlertLimit: Sendable, Hashable {
    public let alert: String
    public let value: Double

    public static let errorRate = AlertLimit(alert: "HighErrorRate", value: 0.05)
    public static let latencySeconds = AlertLimit(alert: "P95LatencyHigh", value: 2)
    public static let databaseConnections = AlertLimit(alert: "DatabaseConnectionsExhausted", value: 0.95)
    public static let redisErrors = AlertLimit(alert: "RedisConnectivity", value: 1)
    public static let lockContention = AlertLimit(alert: "LockContentionHigh", value: 0.2)
    public static let memory = AlertLimit(alert: "MemoryHigh", value: 0.8)
    public static let processors = AlertLimit(alert: "CpuSaturated", value: 0.9)
    public static let descriptors = AlertLimit(alert: "FdsHigh", value: 0.8)
    public static let connections = AlertLimit(alert: "ConnectionsNearLimit", value: 0.9)
    public static let saleBudget = AlertLimit(alert: "SaleBudgetBurn", value: 0.005)
    public static let reconciliationAgeSeconds = AlertLimit(alert: "ReconciliationStale", value: 120)
    public static let sweepAgeSeconds = AlertLimit(alert: "HoldSweepStale", value: 60)
    public static let retentionAgeSeconds = AlertLimit(alert: "RetentionLags", value: 7_200)
    public static let heraldAgeSeconds = AlertLimit(alert: "HeraldBehind", value: 120)
    public static let reexecutions = AlertLimit(alert: "ReexecutionsHigh", value: 1)
    public static let loopLagSeconds = AlertLimit(alert: "EventLoopLag", value: 0.1)
    public static let executorLagSeconds = AlertLimit(alert: "ExecutorLag", value: 0.1)
    public static let scrapeSeconds = AlertLimit(alert: "ScrapeSlow", value: 1)
    public static let series = AlertLimit(alert: "CardinalityHigh", value: 4_000)
    public static let slotBytes = AlertLimit(alert: "ReaderLags", value: 1_000_000_000)
    public static let admissionLevel = AlertLimit(alert: "SheddingLong", value: 6)

    public static let all: [AlertLimit] = [
        errorRate, latencySeconds, databaseConnections, redisErrors, lockContention, memory, processors, descriptors,
        connections, saleBudget, reconciliationAgeSeconds, sweepAgeSeconds, retentionAgeSeconds, heraldAgeSeconds,
        reexecutions, loopLagSeconds, executorLagSeconds, scrapeSeconds, series, slotBytes, admissionLevel,
    ]
}

/// A value from which on a panel has another colour.
public struct Threshold: Sendable, Hashable {
    public enum Level: String, Sendable {
        case good = "green"
        case warning = "yellow"
        case critical = "red"
    }

    public let value: Double
    public let level: Level

    /// The promises: latency, errors and saturation.
    public static func promise(_ value: Double) -> Threshold { Threshold(value: value, level: .warning) }

    /// The limit of an alert.
    public static func alert(_ limit: AlertLimit) -> Threshold { Threshold(value: limit.value, level: .critical) }

    /// For values that must be 0: the smallest amount is too much.
    public static let never = Threshold(value: 1, level: .critical)

    /// For values where less is worse: good from a value on.
    public static func good(from value: Double) -> Threshold { Threshold(value: value, level: .good) }

    /// For the p99 of a buyer's wait.
    public static let latency = [Threshold.promise(0.1), .alert(.latencySeconds)]
    public static let errors = [Threshold.promise(0.01), .alert(.errorRate)]
    /// For resources that can run full, up to the alert's limit.
    public static func saturation(_ limit: AlertLimit) -> [Threshold] { [.promise(0.7), .alert(limit)] }
}
