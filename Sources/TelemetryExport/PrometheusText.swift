// The exposition of the catalogue in the Prometheus text format 0.0.4.
//
// Every series is known from the start, so everything but the values is laid out once; a scrape copies and formats
// numbers. OpenMetrics will be a second such layout over the same families.

public import Telemetry

/// Renders the instruments for a scrape.
public struct PrometheusText: Sendable {
    /// What the answer to a scrape must declare: Prometheus 3 refuses an answer without it.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private let instruments: Instruments
    private let families: [PrometheusFamilyLayout]
    /// What the last whole exposition needed, about: numbers grow by a digit now and then.
    private let expectedByteCount: Int

    public init(_ instruments: Instruments) {
        self.instruments = instruments
        families = instruments.families.map(PrometheusFamilyLayout.init)
        let lines = families.reduce(0) { $0 + $1.lines.count }
        expectedByteCount = families.reduce(0) { $0 + $1.byteCount } + lines * 8
        instruments.scrape.series.set(lines)
    }

    /// The exposition as UTF-8, after the actions that the instruments run before a scrape.
    ///
    /// - Parameter names: what to restrict it to (the `name[]` parameters): names of families or of their samples;
    ///   everything if there are none. Unknown names select nothing.
    public func render(names: Set<String> = []) -> [UInt8] {
        let start = MonotonicTime.now
        instruments.prepareScrape()
        var text: [UInt8] = []
        text.reserveCapacity(names.isEmpty ? expectedByteCount : 4_096)
        for layout in families where names.isEmpty || !names.isDisjoint(with: layout.names) {
            layout.render(into: &text, at: start)
        }
        instruments.scrape.scrapeDurationSeconds.observe(MonotonicTime.now.nanoseconds(since: start))
        return text
    }
}
