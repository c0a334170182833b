// A family of series as a query reads it, with enough facts to tell a query that can have data from one that never
// will. The catalogue gives the service's families; lists beside this file give the others.

public import Telemetry

/// A family of series that a query may read.
public struct Source: Sendable {
    /// The owner of the series. It decides how the user's choice above the board narrows a query.
    public enum Scope: Sendable, Hashable {
        /// The service's own, by job and instance.
        case service
        /// Recorded over all instances of a job, so by job alone.
        case recorded
        /// Another program's, under jobs of its own.
        case job(String)
        /// Of Prometheus itself, without a job.
        case unscoped
    }

    public let name: String
    public let kind: MetricKind
    public let unit: MetricUnit
    public let scope: Scope
    /// The values of each label; empty if the list is open.
    public let labels: [String: Set<String>]

    public init(
        _ name: String, _ kind: MetricKind = .gauge, unit: MetricUnit = .none, scope: Scope, labels: [String] = []
    ) {
        self.name = name
        self.kind = kind
        self.unit = unit
        self.scope = scope
        self.labels = Dictionary(uniqueKeysWithValues: labels.map { ($0, []) })
    }

    public init(_ family: any MetricFamily) {
        let definition = family.definition
        name = definition.name
        kind = definition.kind
        unit = definition.unit
        scope = .service
        var labels = Dictionary(uniqueKeysWithValues: definition.labelNames.map { ($0, Set<String>()) })
        // An info's values are this build's own.
        if !(family is Info) {
            for pair in family.series.joined() { labels[pair.name]?.insert(pair.value) }
        }
        self.labels = labels
    }

    /// The labels that the scrape adds.
    var scopeLabels: Set<String> {
        switch scope {
        case .service, .job: ["job", "instance"]
        case .recorded: ["job"]
        case .unscoped: []
        }
    }
}

/// A source of an expression: an instrument of the catalogue, or one from the lists.
public protocol Readable: Sendable {
    var source: Source { get }
}

extension Source: Readable {
    public var source: Source { self }
}

extension Readable where Self: MetricFamily {
    public var source: Source { Source(self) }
}

extension Counter: Readable {}
extension DerivedCounter: Readable {}
extension Gauge: Readable {}
extension Histogram: Readable {}
extension Reading: Readable {}
extension Summary: Readable {}
