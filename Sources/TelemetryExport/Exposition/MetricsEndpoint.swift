// The answer to a scrape, in the format and coding that the scraper asked for. It limits the scrapes that are rendered
// at once.

internal import Synchronization

/// The answers of `/metrics`.
public final class MetricsEndpoint: Sendable {
    /// One answer.
    public struct Answer: Sendable {
        public let contentType: String
        /// The `Content-Encoding`; nil for none.
        public let contentEncoding: String?
        public let body: [UInt8]
    }

    /// How many scrapes are rendered at once. A scrape that has its answer takes no place, however slowly it reads.
    public static let scrapesMax = 3

    private let exposition: MetricsExposition
    private let scrapes = Atomic<Int>(0)

    public init(_ exposition: MetricsExposition) {
        self.exposition = exposition
    }

    /// Renders the metrics; nil if too many scrapes are being rendered.
    ///
    /// - Parameters:
    ///   - accept: the request's `Accept`.
    ///   - acceptEncoding: its `Accept-Encoding`.
    ///   - names: its `name[]` parameters: names of families or samples; without any, everything.
    public func answer(accept: String?, acceptEncoding: String?, names: Set<String> = []) -> Answer? {
        defer { scrapes.subtract(1, ordering: .relaxed) }
        guard scrapes.add(1, ordering: .relaxed).newValue <= Self.scrapesMax else { return nil }
        let format = ExpositionFormat(accept: accept)
        let text = exposition.render(format, names: names)
        let isCompressed = acceptsGzip(acceptEncoding)
        return Answer(
            contentType: format.contentType, contentEncoding: isCompressed ? "gzip" : nil,
            body: isCompressed ? gzip(text) : text)
    }
}
