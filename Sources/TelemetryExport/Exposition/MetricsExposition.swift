// The exposition of the catalogue, in the Prometheus text format 0.0.4 or in OpenMetrics 1.0.
//
// Every series of the catalogue is known from the start, so all text but the values is laid out once, for both formats:
// they differ only in headers. A scrape copies that text and formats numbers. The metrics of libraries come last.

public import Telemetry

/// Renders the instruments for a scrape.
public struct MetricsExposition: Sendable {
    private let instruments: Instruments
    private let families: [PrometheusFamilyLayout]
    private let foreign: ForeignMetrics?
    /// About the size of the last whole exposition: numbers grow by a digit now and then.
    private let expectedByteCount: Int

    public init(_ instruments: Instruments) {
        self.init(instruments, foreign: nil)
    }

    /// - Parameter foreign: the metrics of libraries. From now on it knows which names are taken.
    init(_ instruments: Instruments, foreign: ForeignMetrics?) {
        self.instruments = instruments
        self.foreign = foreign
        let names = Set(instruments.families.map(\.definition.name))
        families = instruments.families.map { PrometheusFamilyLayout($0, besides: names) }
        let lines = families.reduce(0) { $0 + $1.lines.count }
        expectedByteCount = families.reduce(0) { $0 + $1.byteCount } + lines * 8
        instruments.scrape.series.set(lines)
        foreign?.reserve(families.reduce(into: []) { $0.formUnion($1.names) })
    }

    /// The exposition as UTF-8, after the actions that the instruments run before a scrape.
    ///
    /// - Parameter names: names of families or of their samples (the `name[]` parameters); without any, everything.
    ///   Unknown names select nothing.
    public func render(_ format: ExpositionFormat = .text, names: Set<String> = []) -> [UInt8] {
        let start = MonotonicTime.now
        instruments.prepareScrape()
        var text: [UInt8] = []
        text.reserveCapacity(names.isEmpty ? expectedByteCount : 4_096)
        let others = foreign?.families.map { PrometheusFamilyLayout($0, besides: []) } ?? []
        for layout in families + others where names.isEmpty || !names.isDisjoint(with: layout.names) {
            layout.render(format, into: &text, at: start)
        }
        if format.isOpenMetrics { text += "# EOF\n".utf8 }
        instruments.scrape.scrapeDurationSeconds.observe(MonotonicTime.now.nanoseconds(since: start))
        return text
    }
}
