// One picture of a board. How it is written as JSON is in Panel+JSON.swift.

/// A panel with its queries.
public struct Panel: Sendable {
    /// How the values are drawn, by Grafana's names.
    public enum Kind: String, Sendable {
        case timeSeries = "timeseries"
        case stat
        case gauge
        case heatmap
        case barGauge = "bargauge"
        case stateTimeline = "state-timeline"
    }

    /// The unit of the values, by Grafana's names.
    public enum Unit: String, Sendable, CaseIterable {
        case seconds = "s"
        case bytes
        case bytesPerSecond = "Bps"
        case requestsPerSecond = "reqps"
        case operationsPerSecond = "ops"
        case ratio = "percentunit"
        case count = "short"
        case yesOrNo = "bool_yes_no"
        case cores = "none"
    }

    public let title: String
    public let description: String
    public let kind: Kind
    public let unit: Unit
    /// In columns; a board has 24.
    public let width: Int
    /// In rows of Grafana's grid.
    public let height: Int
    public let isStacked: Bool
    /// The top of the axis, where it is known.
    public let maximum: Double?
    /// Whether values below zero mean something.
    public let isSigned: Bool
    public let thresholds: [Threshold]
    public let targets: [Target]

    public init(
        _ title: String, _ description: String, _ unit: Unit, as kind: Kind = .timeSeries, width: Int = 8,
        height: Int? = nil, isStacked: Bool = false, maximum: Double? = nil, isSigned: Bool = false,
        thresholds: [Threshold] = [], _ targets: [Target]
    ) {
        self.title = title
        self.description = description
        self.kind = kind
        self.unit = unit
        self.width = width
        self.height = height ?? (kind == .stat ? 4 : 8)
        self.isStacked = isStacked
        self.maximum = maximum ?? (unit == .ratio && kind == .gauge ? 1 : nil)
        self.isSigned = isSigned
        self.thresholds = thresholds
        self.targets = targets
    }

    public var faults: [String] {
        targets.flatMap(\.faults).map { "\(title): \($0)" }
    }
}
