// docs/METRICS.md, written from the catalogue. A test holds the file to it.

public import Telemetry

/// The page about the metrics, as Markdown.
public func metricsPage(of instruments: Instruments) -> String {
    var page = """
        # Metrics

        Written from the catalogue in `Sources/Telemetry`; `TelemetryTests` fails when they differ and rewrites this \
        page when it is run with `FLASHSALE_REGENERATE=1`. Every series that can occur stands at zero from the start.

        A scrape gets the text format 0.0.4 or OpenMetrics 1.0 by its `Accept`, gzip by its `Accept-Encoding`, and \
        what its `name[]` parameters restrict it to. Of all scrapes at once \(MetricsEndpoint.scrapesMax) are \
        rendered, and 32 of a listener are under way from their head until their last byte is read; what is beyond \
        either is answered 503 with `Retry-After` and counted in `metrics_scrape_errors_total`. So a hundred scrapes \
        at once each get one answer or the other, and scrapers that hardly read do not keep the one that counts away.

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
