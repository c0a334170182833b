// Names of libraries as both formats take them.

internal import Telemetry

enum ForeignName {
    /// The longest name and label value, in characters; the rest is cut off.
    static let lengthMax = 100

    /// Letters, digits and underscores, with the suffix that the kind and the unit ask for.
    static func metric(_ label: String, kind: MetricKind, unit: MetricUnit) -> String {
        var name = plain(label)
        if unit == .seconds, !name.hasSuffix("_seconds") { name += "_seconds" }
        if kind == .counter, !name.hasSuffix("_total") { name += "_total" }
        return name
    }

    /// Every name that a family occupies in either format.
    static func samples(of name: String, kind: MetricKind) -> Set<String> {
        switch kind {
        case .counter: [name, String(name.dropLast("_total".count)), name + "_created"]
        case .gauge: [name]
        case .summary, .histogram: [name, name + "_sum", name + "_count", name + "_bucket", name + "_created"]
        }
    }

    /// The labels in order of their names, each once. Names that the formats use themselves get a prefix.
    static func labels(_ dimensions: [(String, String)], max: Int) -> [LabelPair] {
        var labels: [LabelPair] = []
        for (name, value) in dimensions.prefix(max) {
            var name = plain(name)
            if ["le", "quantile", "job", "instance"].contains(name) || name.hasPrefix("__") {
                name = "library_" + name
            }
            guard !labels.contains(where: { $0.name == name }) else { continue }
            labels.append(LabelPair(name: name, value: String(value.prefix(lengthMax))))
        }
        return labels.sorted { $0.name < $1.name }
    }

    private static func plain(_ text: String) -> String {
        let name = String(
            text.unicodeScalars.prefix(lengthMax).map { scalar in
                scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
                    ? Character(scalar) : "_"
            })
        guard let first = name.first, !first.isNumber else { return "_" + name }
        return name
    }
}
