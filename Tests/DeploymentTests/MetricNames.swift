// The names of metrics in an expression of PromQL, and the names that exist.

/// A metric in PromQL is every word that is not a function, a keyword, a label or a number.
enum MetricNames {
    /// The metrics that Prometheus makes of every target, its own, and those of the exporter of Postgres.
    static let ofOthers: Set = [
        "ALERTS", "pg_replication_slots_pg_wal_lsn_diff",
        "prometheus_notifications_alertmanagers_discovered", "prometheus_rule_evaluation_failures_total",
        "prometheus_target_scrape_pool_exceeded_target_limit_total",
        "prometheus_target_scrapes_exceeded_sample_limit_total", "scrape_duration_seconds", "up",
    ]

    /// Every metric of docs/METRICS.md.
    static let catalogue = Set(
        Checkout.text("docs/METRICS.md").matches(of: #/\| `([a-z_0-9]+)` \| (?:counter|gauge|histogram|summary)/#)
            .map { String($0.1) })

    static func isKnown(_ name: String) -> Bool {
        if ofOthers.contains(name) || RuleChunk.records.contains(where: { $0.name == name }) { return true }
        if catalogue.contains(name) { return true }
        let family = name.replacing(#/_(bucket|count|sum)$/#, with: "")
        return family != name && catalogue.contains(family)
    }

    static func all(in expression: String) -> Set<String> {
        let text =
            expression
            .replacing(#/"[^"]*"|'[^']*'/#, with: "")
            .replacing(#/\{[^}]*\}|\[[^\]]*\]/#, with: " ")
            .replacing(#/\b[0-9][0-9.]*(e[0-9]+)?\b/#, with: " ")
            .replacing(#/\b(by|on|without|ignoring|group_left|group_right) ?\([^)]*\)/#, with: " ")
        let words = text.matches(of: #/([a-zA-Z_:][a-zA-Z0-9_:]*)(\s*\()?/#).filter { $0.2 == nil }.map { String($0.1) }
        return Set(words).subtracting(["and", "or", "unless", "bool", "offset"])
    }
}
