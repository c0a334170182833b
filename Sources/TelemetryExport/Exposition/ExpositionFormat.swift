// The format that a scraper gets, by its `Accept` (RFC 9110, section 12.5.1).

/// The formats of the exposition.
public enum ExpositionFormat: Sendable {
    /// The Prometheus text format 0.0.4.
    case text
    /// OpenMetrics 1.0.0.
    case openMetrics
    /// The same format under its draft's name, for scrapers that know only the draft.
    case openMetricsDraft

    /// The answer's content type: Prometheus 3 refuses an answer without it.
    public var contentType: String {
        switch self {
        case .text: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        case .openMetricsDraft: "application/openmetrics-text; version=0.0.1; charset=utf-8"
        }
    }

    var isOpenMetrics: Bool { self != .text }

    /// The format that a scraper prefers; text if it has no preference or accepts neither format.
    ///
    /// - Parameter accept: its `Accept`.
    public init(accept: String?) {
        let ranges = AcceptedRange.all(in: accept ?? "")
        let text = Self.best(of: ranges, for: ["text/plain", "text/*", "*/*"]) { $0 == nil || $0 == "0.0.4" }
        let other = Self.best(of: ranges, for: ["application/openmetrics-text", "application/*", "*/*"]) { _ in true }
        guard let other, other.range.quality > 0 else {
            self = .text
            return
        }
        if let text, (text.range.quality, other.position) >= (other.range.quality, text.position) {
            self = .text
        } else {
            self = other.range.parameters["version"] == "0.0.1" ? .openMetricsDraft : .openMetrics
        }
    }

    /// The range that decides for a format: the most exact one, and of these the one with the highest quality.
    private static func best(
        of ranges: [AcceptedRange], for names: [String], where takesVersion: (String?) -> Bool
    ) -> (position: Int, range: AcceptedRange)? {
        for name in names {
            let matching = ranges.enumerated().filter {
                $1.name == name && (name != names[0] || takesVersion($1.parameters["version"]))
            }
            // Of equals, `max` takes the first.
            if let best = matching.max(by: { $0.element.quality < $1.element.quality }) {
                return (best.offset, best.element)
            }
        }
        return nil
    }
}
