// The families of the catalogue, and the conditions for one to count as alive.

import Telemetry

enum ProofFamily {
    /// Families that never change: a value other than 0 counts as alive.
    static let constant: Set<String> = [
        "db_connections_max", "flashsale_build_info", "flashsale_config_info", "http_connections_max",
        "metrics_series", "otel_span_queue_capacity", "process_cpu_limit_cores", "process_max_fds",
        "process_memory_limit_bytes", "process_start_time_seconds", "process_virtual_memory_bytes",
        "process_virtual_memory_max_bytes", "redis_connections_max",
    ]

    /// Families that the proof cannot move, with the tests that do.
    static let exempt: [String: String] = [
        "live_skipped_total": "no listener there leaves anything unread: LiveEventsTests",
        "db_replication_synchronous": "its Postgres has no standby: PromotionTests",
        "retention_rows_total": "no sale ended an hour ago: SaleRetentionTests",
        "metrics_foreign_series": "no library registers a metric: ForeignMetricsTests",
        "metrics_foreign_series_refused_total": "no library registers a metric: ForeignMetricsTests",
    ]

    /// Families that only faults move for certain; the short form leaves them out. If Redis replies within a
    /// millisecond, a scrape sees a command under way only by luck.
    static let needsFault: Set<String> = [
        "admission_level", "admission_refused_total", "db_connections_closed_total", "db_errors_total",
        "db_pool_timeouts_total", "db_pool_waiters", "db_reexecutions_total", "health_dependency_up",
        "otel_spans_dropped_total", "redis_commands_queued", "redis_connections", "redis_errors_total",
        "redis_lock_failure_total", "redis_lock_lost_total", "redis_reconnects_total", "redis_timeouts_total",
        "sale_oversold_items", "sale_reconciliation_corrections_total", "sale_stock_drift_items",
    ]

    /// Counts how far a family has moved in the seconds before a moment, or returns the largest value of one that
    /// cannot move.
    static func question(_ definition: MetricDefinition, seconds: Int) -> String {
        let name = definition.name
        if constant.contains(name) { return #"max(\#(name){job="flashsale"})"# }
        let suffix = [.histogram, .summary].contains(definition.kind) ? "_count" : ""
        let series = #"\#(name)\#(suffix){job="flashsale"}"#
        // Counts from the start came before the first scrape.
        let total = definition.kind == .gauge ? "" : " + max(\(series))"
        return "sum(changes(\(series)[\(seconds)s]))\(total)"
    }
}
