// The definition of a family, and how its values are read. TelemetryExport writes them out.

/// The kind of a metric, by its name in the exposition formats.
public enum MetricKind: String, Sendable {
    case counter
    case gauge
    case histogram
    case summary
}

/// The base unit of a metric; the suffix of its name says the same.
public enum MetricUnit: String, Sendable {
    case seconds
    case bytes
    case ratio
    case none = ""

    /// The factor from an observed integer to the exposed value: durations are observed in nanoseconds.
    public var scale: Double { self == .seconds ? 1e-9 : 1 }
}

/// Name, kind, unit and help of a family: the row of the catalogue.
public struct MetricDefinition: Sendable {
    public let name: String
    public let kind: MetricKind
    public let unit: MetricUnit
    public let help: String
    /// The names of the labels, in order.
    public let labelNames: [String]
    /// Upper bounds in the exposed unit, without `+Inf`; empty unless a histogram.
    public let buckets: [Double]
    /// The quantiles; empty unless a summary.
    public let quantiles: [Double]

    public init(
        name: String, kind: MetricKind, unit: MetricUnit, help: String, labelNames: [String] = [],
        buckets: [Double] = [], quantiles: [Double] = []
    ) {
        self.name = name
        self.kind = kind
        self.unit = unit
        self.help = help
        self.labelNames = labelNames
        self.buckets = buckets
        self.quantiles = quantiles
    }
}

/// One label and its value on a series.
public struct LabelPair: Sendable, Equatable {
    public let name: String
    public let value: String

    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

/// The value of one series when it was read.
public enum SeriesValue: Sendable, Equatable {
    case integer(Int64)
    case number(Double)
    /// Cumulative counts, the last one for `+Inf`, which is the count of all; the sum in the exposed unit.
    case histogram(cumulative: [UInt64], sum: Double)
    /// The values at the definition's quantiles (NaN without observations), and sum and count since the start.
    case summary(values: [Double], sum: Double, count: UInt64)
}

/// A family as the exposition reads it. The order of the series never changes.
public protocol MetricFamily: Sendable {
    var definition: MetricDefinition { get }

    /// The labels of each series.
    var series: [[LabelPair]] { get }

    /// The values in the order of ``series``.
    ///
    /// - Parameter now: the monotonic time, for what ages.
    func read(at now: MonotonicTime) -> [SeriesValue]

    /// The exemplars of each series: one place for each bucket of a histogram, `+Inf` last, one for a counter. Empty
    /// if the family keeps none.
    func exemplars() -> [[ObservedExemplar?]]
}

extension MetricFamily {
    public func exemplars() -> [[ObservedExemplar?]] { [] }
}

extension LabelSet {
    var labelPairs: [LabelPair] {
        zip(Self.labelNames, labelValues).map { LabelPair(name: $0, value: $1) }
    }
}
