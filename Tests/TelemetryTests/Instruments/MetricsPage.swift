// docs/METRICS.md, written from the catalogue.

import Telemetry

@testable import TelemetryExport

/// The page about the metrics, as Markdown.
func metricsPage(of instruments: Instruments) -> String {
    var page = """
        # Metrics

        `make documents` writes this page from the catalogue in `Sources/Telemetry`; a test compares them. Every \
        series that can occur exists from the start, at zero.

        A scrape gets the text format 0.0.4 or OpenMetrics 1.0 by its `Accept`, gzip by its `Accept-Encoding`, and \
        only the families that its `name[]` parameters name. The service renders \(MetricsEndpoint.scrapesMax) \
        scrapes at a time. Each listener has 32 under way at most, from the head of a request until the last byte of \
        its answer is read. Further scrapes get 503 with `Retry-After`, and `metrics_scrape_errors_total` counts \
        them. So a hundred scrapes at once each get one answer or the other, and slow readers do not keep out the \
        scraper that counts.

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
