// One family of the text format: its header, and each line up to the value.

internal import Telemetry

/// The fixed part of a family's exposition, in the order in which the values are read.
struct PrometheusFamilyLayout: Sendable {
    /// The name of the family and those of its samples.
    let names: Set<String>
    /// Each line up to and with the space before its value.
    let lines: [[UInt8]]

    private let family: any MetricFamily
    private let header: [UInt8]

    init(_ family: any MetricFamily) {
        let definition = family.definition
        self.family = family
        header = Array(
            """
            # HELP \(definition.name) \(Self.escapedHelp(definition.help))
            # TYPE \(definition.name) \(definition.kind.rawValue)\n
            """.utf8)
        let samples = family.series.map { Self.samples(of: definition, labels: $0) }
        lines = samples.joined().map { Array("\($0.name)\(Self.labelText($0.labels)) ".utf8) }
        names = Set(samples.joined().map(\.name)).union([definition.name])
    }

    var byteCount: Int { lines.reduce(header.count) { $0 + $1.count } }

    func render(into text: inout [UInt8], at now: MonotonicTime) {
        text += header
        var line = 0
        func append(_ value: some PrometheusNumber) {
            text += lines[line]
            value.append(to: &text)
            text.append(0x0A)
            line += 1
        }
        for value in family.read(at: now) {
            switch value {
            case .integer(let number): append(number)
            case .number(let number): append(number)
            case .histogram(let cumulative, let sum):
                for count in cumulative { append(count) }
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

    /// Backslash, quote and line feed, as the format has it for label values.
    static func escapedLabelValue(_ value: String) -> String {
        escaped(value, ["\\": "\\\\", "\"": "\\\"", "\n": "\\n"])
    }

    /// Backslash and line feed, as the format has it for help.
    static func escapedHelp(_ help: String) -> String {
        escaped(help, ["\\": "\\\\", "\n": "\\n"])
    }

    /// By scalars: a line feed after a carriage return is no character of its own.
    private static func escaped(_ text: String, _ escapes: [Unicode.Scalar: String]) -> String {
        text.unicodeScalars.reduce(into: "") { $0 += escapes[$1] ?? String($1) }
    }
}
