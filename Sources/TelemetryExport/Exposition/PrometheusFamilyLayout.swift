// One family of the exposition: its headers, and each line up to the value.

internal import Telemetry

/// The fixed part of a family's exposition, in the order in which the values are read. The samples are the same in both
/// formats.
struct PrometheusFamilyLayout: Sendable {
    /// The name of the family and those of its samples.
    let names: Set<String>
    /// Each line up to and with the space before its value.
    let lines: [[UInt8]]

    private let family: any MetricFamily
    private let textHeader: [UInt8]
    private let openMetricsHeader: [UInt8]
    /// Whether OpenMetrics allows this family to show its exemplars.
    private let showsExemplars: Bool

    /// - Parameter others: the names of the other families. If OpenMetrics would give a counter the name of one of
    ///   them, the counter is written with unknown type.
    init(_ family: any MetricFamily, besides others: Set<String>) {
        let definition = family.definition
        self.family = family
        let samples = family.series.map { Self.samples(of: definition, labels: $0) }
        lines = samples.joined().map { Array("\($0.name)\(Self.labelText($0.labels)) ".utf8) }
        textHeader = Array(
            """
            # HELP \(definition.name) \(Self.escapedHelp(definition.help))
            # TYPE \(definition.name) \(definition.kind.rawValue)\n
            """.utf8)
        var name = definition.name
        var kind = definition.kind.rawValue
        if definition.kind == .counter, name.hasSuffix("_total") {
            let base = String(name.dropLast("_total".count))
            if others.contains(base) { kind = "unknown" } else { name = base }
        }
        showsExemplars = kind == "counter" || kind == "histogram"
        names = Set(samples.joined().map(\.name)).union([definition.name, name])
        let unit = definition.unit == .none ? "" : "# UNIT \(name) \(definition.unit.rawValue)\n"
        openMetricsHeader = Array(
            "# TYPE \(name) \(kind)\n\(unit)# HELP \(name) \(Self.escapedLabelValue(definition.help))\n".utf8)
    }

    var byteCount: Int { lines.reduce(max(textHeader.count, openMetricsHeader.count)) { $0 + $1.count } }

    func render(_ format: ExpositionFormat, into text: inout [UInt8], at now: MonotonicTime) {
        text += format.isOpenMetrics ? openMetricsHeader : textHeader
        let exemplars = format.isOpenMetrics && showsExemplars ? family.exemplars() : []
        var line = 0
        func append(_ value: some PrometheusNumber, _ exemplar: ObservedExemplar? = nil) {
            text += lines[line]
            value.append(to: &text)
            exemplar?.append(to: &text)
            text.append(0x0A)
            line += 1
        }
        for (series, value) in family.read(at: now).enumerated() {
            let exemplars = exemplars.isEmpty ? [] : exemplars[series]
            switch value {
            case .integer(let number): append(number, exemplars.first ?? nil)
            case .number(let number): append(number, exemplars.first ?? nil)
            case .histogram(let cumulative, let sum):
                for (bucket, count) in cumulative.enumerated() {
                    append(count, exemplars.isEmpty ? nil : exemplars[bucket])
                }
                append(sum)
                append(cumulative[cumulative.count - 1])
            case .summary(let values, let sum, let count):
                for value in values { append(value) }
                append(sum)
                append(count)
            }
        }
    }

    /// The samples of one series, in the order of `render`.
    private static func samples(
        of definition: MetricDefinition, labels: [LabelPair]
    ) -> [(name: String, labels: [LabelPair])] {
        let name = definition.name
        let totals = [(name + "_sum", labels), (name + "_count", labels)]
        switch definition.kind {
        case .counter, .gauge:
            return [(name, labels)]
        case .histogram:
            let bounds = definition.buckets + [.infinity]
            return bounds.map { (name + "_bucket", labels + [LabelPair(name: "le", value: canonicalFloat($0))]) }
                + totals
        case .summary:
            return definition.quantiles.map {
                (name, labels + [LabelPair(name: "quantile", value: canonicalFloat($0))])
            } + totals
        }
    }

    static func labelText(_ labels: [LabelPair]) -> String {
        guard !labels.isEmpty else { return "" }
        return "{" + labels.map { "\($0.name)=\"\(escapedLabelValue($0.value))\"" }.joined(separator: ",") + "}"
    }

    /// Escapes backslash, quote and line feed: for label values in both formats, and for help in OpenMetrics.
    static func escapedLabelValue(_ value: String) -> String {
        escaped(value, ["\\": "\\\\", "\"": "\\\"", "\n": "\\n"])
    }

    /// Escapes backslash and line feed: for help in the text format.
    static func escapedHelp(_ help: String) -> String {
        escaped(help, ["\\": "\\\\", "\n": "\\n"])
    }

    /// By scalars: a carriage return and a line feed are one character.
    private static func escaped(_ text: String, _ escapes: [Unicode.Scalar: String]) -> String {
        text.unicodeScalars.reduce(into: "") { $0 += escapes[$1] ?? String($1) }
    }
}
