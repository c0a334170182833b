// The series of libraries that share a name.

internal import Telemetry

struct ForeignFamily: MetricFamily {
    let definition: MetricDefinition
    private var members: [(labels: [LabelPair], series: ForeignSeries)] = []

    init(name: String, kind: MetricKind, unit: MetricUnit) {
        definition = MetricDefinition(name: name, kind: kind, unit: unit, help: "Recorded by a library.")
    }

    func series(_ labels: [LabelPair]) -> ForeignSeries? {
        members.first { $0.labels == labels }?.series
    }

    mutating func add(_ labels: [LabelPair]) -> ForeignSeries {
        let series = ForeignSeries(kind: definition.kind)
        members.append((labels, series))
        return series
    }

    var series: [[LabelPair]] { members.map(\.labels) }

    func read(at now: MonotonicTime) -> [SeriesValue] { members.map(\.series.value) }
}
