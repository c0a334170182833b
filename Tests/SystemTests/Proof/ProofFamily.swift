// The families of the catalogue, and what it takes for one to count as alive.

import Telemetry

enum ProofFamily {
    /// What a service says of itself once and for all: not 0 is alive enough. Its series are as many from the start.
    static let constant: Set<String> = [
        "db_connections_max", "flashsale_build_info", "flashsale_config_info", "http_connections_max",
        "metrics_series", "otel_span_queue_capacity", "process_cpu_limit_cores", "process_max_fds",
        "process_memory_limit_bytes", "process_start_time_seconds", "process_virtual_memory_bytes",
        "process_virtual_memory_max_bytes", "redis_connections_max",
    ]

    /// What nothing that the proof does can move, and which tests do.
    static let exempt: [String: String] = [
        "metrics_foreign_series": "no library registers a metric: ForeignMetricsTests",
        "metrics_foreign_series_refused_total": "no library registers a metric: ForeignMetricsTests",
    ]

    /// What only faults move for sure: the short form does without. Of a Redis that answers within a millisecond, a
    /// scrape sees a command under way only by luck.
    static let needsFault: Set<String> = [
        "db_connections_closed_total", "db_errors_total", "db_pool_timeouts_total", "db_pool_waiters",
        "db_reexecutions_total", "health_dependency_up", "otel_spans_dropped_total", "redis_commands_queued",
        "redis_connections", "redis_errors_total", "redis_lock_failure_total", "redis_lock_lost_total",
        "redis_reconnects_total", "redis_timeouts_total", "sale_oversold_items",
        "sale_reconciliation_corrections_total", "sale_stock_drift_items",
    ]

    /// Counts how far a family has moved in the seconds before a moment, or tells the largest of what cannot move.
    static func question(_ definition: MetricDefinition, seconds: Int) -> String {
        let name = definition.name
        if constant.contains(name) { return #"max(\#(name){job="flashsale"})"# }
        let suffix = [.histogram, .summary].contains(definition.kind) ? "_count" : ""
        let series = #"\#(name)\#(suffix){job="flashsale"}"#
        // What a start alone counts was counted before the first scrape.
        let total = definition.kind == .gauge ? "" : " + max(\(series))"
        return "sum(changes(\(series)[\(seconds)s]))\(total)"
    }
}
