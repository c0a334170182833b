// docs/METRICS.md, written from the catalogue. A test holds the file to it.

public import Telemetry

/// The page about the metrics, as Markdown.
public func metricsPage(of instruments: Instruments) -> String {
    var page = """
        # Metrics

        Written from the catalogue in `Sources/Telemetry`; `TelemetryTests` fails when they differ and rewrites this \
        page when it is run with `FLASHSALE_REGENERATE=1`. Every series that can occur stands at zero from the start.

        | name | type | labels | meaning | buckets or quantiles |
        |---|---|---|---|---|

        """
    for definition in instruments.families.map(\.definition) {
        let labels = definition.labelNames.map { "`\($0)`" }.joined(separator: " ")
        let points = (definition.buckets + definition.quantiles).map(canonicalFloat).joined(separator: " ")
        page += "| `\(definition.name)` | \(definition.kind.rawValue) | \(labels) | \(definition.help) | \(points) |\n"
    }
    page += "\n## Labels\n\n| metric | label | values |\n|---|---|---|\n"
    for family in instruments.families where !(family is Info) {
        for name in family.definition.labelNames {
            var values: [String] = []
            for value in family.series.joined().filter({ $0.name == name }).map(\.value) where !values.contains(value) {
                values.append(value)
            }
            let list = values.map { "`\($0)`" }.joined(separator: " ")
            page += "| `\(family.definition.name)` | `\(name)` | \(list) |\n"
        }
    }
    return page
}
