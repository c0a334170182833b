// A PromQL expression as a tree: made from instruments, written as text in one place, and checked in another before a
// board is drawn from it.

/// An expression of PromQL.
public indirect enum Expression: Sendable {
    case number(Double)
    case selector(Selector)
    case call(Function, [Expression])
    case aggregate(Aggregation, by: [String], Expression)
    case binary(Expression, Operator, Expression)

    /// Selects series of a family, and a time.
    public struct Selector: Sendable {
        public let source: Source
        /// `_bucket`, `_sum` or `_count` of a histogram or summary.
        public var suffix = ""
        public var matchers: [Matcher] = []
        public var window: Window?
        /// Whether a counter is read without its rate on purpose.
        public var isRaw = false
    }

    /// The time that a range selector spans.
    public enum Window: Sendable, Hashable {
        /// As short as the scrapes and the screen allow; Grafana computes it.
        case rateInterval
        case minutes(Int)
    }

    /// The functions in use, by their names in PromQL.
    public enum Function: String, Sendable {
        case changes
        case clampMax = "clamp_max"
        case clampMin = "clamp_min"
        case histogramQuantile = "histogram_quantile"
        case increase
        case predictLinear = "predict_linear"
        case rate
        case time
    }

    /// The aggregations in use, by their names in PromQL.
    public enum Aggregation: String, Sendable {
        case count
        case max
        case min
        case sum
    }

    /// The operators in use, as PromQL writes them.
    public enum Operator: String, Sendable {
        case minus = "-"
        case over = "/"
        case above = ">"
        case atLeast = ">="
        case below = "<"
        case or
    }
}
