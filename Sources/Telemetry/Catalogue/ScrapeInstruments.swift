// The instruments of the scrapes themselves: cost and failures.

/// The family of the exposition. A property is named like its metric without the group's prefix.
public final class ScrapeInstruments: Sendable {
    public let scrapeDurationSeconds: Histogram<NoLabels>
    public let scrapeErrorsTotal: Counter<ScrapeErrorCause>
    /// Lines of the whole catalogue; guards the budget of ``Instruments/seriesMax``.
    public let series: Gauge<NoLabels>
    /// Lines of metrics that libraries record, beyond the catalogue.
    public let foreignSeries: Gauge<NoLabels>
    public let foreignSeriesRefusedTotal: Counter<NoLabels>

    init(_ catalogue: inout Catalogue) {
        scrapeDurationSeconds = catalogue.histogram(
            "metrics_scrape_duration_seconds", "Duration of rendering a scrape in seconds.", .redis)
        scrapeErrorsTotal = catalogue.counter(
            "metrics_scrape_errors_total", "Scrapes without a complete answer, by cause.")
        series = catalogue.gauge("metrics_series", "Series of the whole catalogue.")
        foreignSeries = catalogue.gauge("metrics_foreign_series", "Series that libraries have registered.")
        foreignSeriesRefusedTotal = catalogue.counter(
            "metrics_foreign_series_refused_total",
            "Series of libraries refused because there are too many or their name is taken.")
    }
}
