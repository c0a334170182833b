// The label of scrapes.

/// Why a scrape got no complete answer.
public enum ScrapeErrorCause: String, LabelValue {
    /// Too many were being answered.
    case tooMany = "too_many"
    /// The scraper went away before it had read all.
    case clientClosed = "client_closed"

    public static let labelName = "cause"
}
