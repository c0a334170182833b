// What the scrapes themselves cost.

/// The family of the exposition. A property is named like its metric without the group's prefix.
public struct ScrapeInstruments: Sendable {
    public let scrapeDurationSeconds: Histogram<NoLabels>
    /// Lines of the whole exposition; guards the budget of ``Instruments/seriesMax``.
    public let series: Gauge<NoLabels>

    init(_ catalogue: inout Catalogue) {
        scrapeDurationSeconds = catalogue.histogram(
            "metrics_scrape_duration_seconds", "Duration of rendering a scrape in seconds.", .redis)
        series = catalogue.gauge("metrics_series", "Series of the whole exposition.")
    }
}
