// Facts that hold for the life of the process, as labels.

/// A gauge that is always 1; its labels have the facts.
public final class Info: MetricFamily {
    public let definition: MetricDefinition
    public let series: [[LabelPair]]

    init(definition: MetricDefinition, labels: [LabelPair]) {
        self.definition = definition
        series = [labels]
    }

    public func read(at now: MonotonicTime) -> [SeriesValue] { [.integer(1)] }
}
