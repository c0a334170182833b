// What only metrics know of a sale's time: refusals by reason, latency, alerts. PrometheusReader asks for it.

internal import Reports

/// Metrics over the time of a story.
struct MetricsHistory {
    /// An alert that fired.
    struct Alert {
        var name: String
        /// In seconds from the sale's start.
        var first: Double
        var last: Double
    }

    /// Refusals a second, by reason, of checkouts and purchases together.
    var refusals: [String: LineChart.Points] = [:]
    /// Refused requests, and what they were like.
    var refused = Records([Records.Column("request"), Records.Column("reason"), Records.Column("when")])
    /// By name: seconds.
    var latency: [(name: String, points: LineChart.Points)] = []
    var alerts: [Alert] = []

    /// Whether Prometheus had nothing of the time.
    var isEmpty: Bool { refused.count == 0 && latency.isEmpty && alerts.isEmpty }
}

/// What came of asking for metrics.
enum MetricsAnswer {
    case notAsked
    /// With the reason in a sentence.
    case missing(String)
    case found(MetricsHistory)

    /// Why there are no metrics although they were asked for.
    var missing: String? {
        if case .missing(let why) = self { why } else { nil }
    }
}
