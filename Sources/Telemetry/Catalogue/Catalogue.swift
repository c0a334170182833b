// Builds the list of families. Instruments are made only here, so the list cannot miss one.

/// Makes instruments and keeps them in order of declaration, which is the order of exposition. The labels of a family
/// are the type of the property that it is stored in.
struct Catalogue {
    private(set) var families: [any MetricFamily] = []

    mutating func counter<Labels>(
        _ name: String,
        _ help: String,
        unit: MetricUnit = .none,
        only legal: [Labels]? = nil,
        keepsExemplars: Bool = false
    ) -> Counter<Labels> {
        let definition = Self.define(name, .counter, unit, help, Labels.labelNames)
        return add(
            Counter(
                definition: definition, index: Self.index(of: legal ?? Labels.legal), keepsExemplars: keepsExemplars))
    }

    /// A counter of a histogram's observations.
    mutating func counter<Labels>(
        _ name: String,
        _ help: String,
        counting source: Histogram<Labels>,
        where isIncluded: (Labels) -> Bool = { _ in true }
    ) -> DerivedCounter<Labels> {
        let definition = Self.define(name, .counter, .none, help, Labels.labelNames)
        return add(DerivedCounter(definition: definition, source: source, where: isIncluded))
    }

    mutating func gauge<Labels>(
        _ name: String,
        _ help: String,
        unit: MetricUnit = .none
    ) -> Gauge<Labels> {
        let definition = Self.define(name, .gauge, unit, help, Labels.labelNames)
        return add(Gauge(definition: definition, index: Self.index(of: Labels.legal)))
    }

    /// - Parameter isKnown: false if this build cannot measure it: then there is the instrument, but no family.
    mutating func reading<Labels>(
        _ name: String,
        _ help: String,
        _ kind: MetricKind = .gauge,
        unit: MetricUnit = .none,
        only legal: [Labels]? = nil,
        isKnown: Bool = true
    ) -> Reading<Labels> {
        let definition = Self.define(name, kind, unit, help, Labels.labelNames)
        let reading = Reading(definition: definition, index: Self.index(of: legal ?? Labels.legal))
        return isKnown ? add(reading) : reading
    }

    mutating func histogram<Labels>(
        _ name: String,
        _ help: String,
        unit: MetricUnit = .seconds,
        _ buckets: Buckets,
        only legal: [Labels]? = nil,
        keepsExemplars: Bool = false
    ) -> Histogram<Labels> {
        let definition = Self.define(name, .histogram, unit, help, Labels.labelNames, buckets: buckets.bounds)
        return add(
            Histogram(
                definition: definition, index: Self.index(of: legal ?? Labels.legal), keepsExemplars: keepsExemplars))
    }

    mutating func summary<Labels>(
        _ name: String,
        _ help: String,
        unit: MetricUnit,
        quantiles: [Double],
        only legal: [Labels]? = nil
    ) -> Summary<Labels> {
        let definition = Self.define(name, .summary, unit, help, Labels.labelNames, quantiles: quantiles)
        return add(Summary(definition: definition, index: Self.index(of: legal ?? Labels.legal)))
    }

    mutating func info(_ name: String, _ help: String, _ labels: [LabelPair]) -> Info {
        let definition = Self.define(name, .gauge, .none, help, labels.map(\.name))
        return add(Info(definition: definition, labels: labels))
    }

    private mutating func add<Family: MetricFamily>(_ family: Family) -> Family {
        families.append(family)
        return family
    }

    private static func index<Labels: LabelSet>(of legal: [Labels]) -> SeriesIndex<Labels> {
        SeriesIndex(legal: legal, folding: \.folded)
    }

    private static func define(
        _ name: String,
        _ kind: MetricKind,
        _ unit: MetricUnit,
        _ help: String,
        _ labelNames: [String],
        buckets: [Double] = [],
        quantiles: [Double] = []
    ) -> MetricDefinition {
        MetricDefinition(
            name: name, kind: kind, unit: unit, help: help, labelNames: labelNames, buckets: buckets,
            quantiles: quantiles)
    }
}
