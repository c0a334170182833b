// The answer to a scrape, in the form and the coding that the scraper asked for, and no more of them at once than the
// process can spare.

internal import Synchronization

/// What `/metrics` answers.
public final class MetricsEndpoint: Sendable {
    /// One answer.
    public struct Answer: Sendable {
        public let contentType: String
        /// The `Content-Encoding`; nil for none.
        public let contentEncoding: String?
        public let body: [UInt8]
    }

    /// How many scrapes are rendered at once. One that has its answer holds no place, however slowly it reads.
    public static let scrapesMax = 3

    private let exposition: MetricsExposition
    private let scrapes = Atomic<Int>(0)

    public init(_ exposition: MetricsExposition) {
        self.exposition = exposition
    }

    /// Renders the metrics; nil if too many scrapes are at it.
    ///
    /// - Parameters:
    ///   - accept: the request's `Accept`.
    ///   - acceptEncoding: its `Accept-Encoding`.
    ///   - names: its `name[]` parameters: names of families or samples, everything if there are none.
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
