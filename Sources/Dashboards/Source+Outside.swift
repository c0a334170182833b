// Series that Prometheus has beside the service's: its own, those of the rules, of the exporters of the stores and of
// the machine, and of the load generator.

internal import Telemetry

extension Source {
    /// The series that Prometheus writes about each target, about the alerts, and about itself.
    static let ofPrometheus: [Source] = [
        Source("up", scope: .service),
        Source("scrape_duration_seconds", unit: .seconds, scope: .service),
        Source("scrape_samples_scraped", scope: .service),
        Source("ALERTS", scope: .unscoped, labels: ["alertname", "alertstate", "severity"]),
    ]

    /// The series that `prometheus/rules` records. The windows are those of the burn rates.
    static let recorded: [Source] =
        burnWindows.flatMap { window in
            ["errors", "slow"].map { Source("job:flashsale_requests_\($0):ratio_rate\(window)", scope: .recorded) }
        } + [
            Source("job:sale_requests_errors:ratio_sale", scope: .recorded),
            Source("job:slo_error_budget_remaining:ratio30d", scope: .recorded, labels: ["slo"]),
        ]

    static let burnWindows = ["5m", "30m", "1h", "2h", "6h", "1d", "3d"]

    /// The series of the exporters of Postgres, Redis and the machine that the boards show.
    static let exported: [Source] = postgres + redis + node

    private static let postgres: [Source] = [
        Source("pg_up", scope: .job("postgres.*")),
        Source("pg_stat_database_xact_commit", .counter, scope: .job("postgres.*"), labels: ["datname"]),
        Source("pg_stat_database_xact_rollback", .counter, scope: .job("postgres.*"), labels: ["datname"]),
        Source("pg_stat_database_deadlocks", .counter, scope: .job("postgres.*"), labels: ["datname"]),
        // From the restart of the slot's reader to the log's end: what Postgres keeps for it.
        Source("pg_replication_slots_pg_wal_lsn_diff", unit: .bytes, scope: .job("postgres.*"), labels: ["slot_name"]),
        Source("pg_stat_activity_count", scope: .job("postgres.*"), labels: ["datname", "state"]),
        // Postgres 16 and older, then 17 and newer.
        Source("pg_stat_bgwriter_checkpoints_timed_total", .counter, scope: .job("postgres.*")),
        Source("pg_stat_bgwriter_checkpoints_req_total", .counter, scope: .job("postgres.*")),
        Source("pg_stat_checkpointer_num_timed_total", .counter, scope: .job("postgres.*")),
        Source("pg_stat_checkpointer_num_requested_total", .counter, scope: .job("postgres.*")),
    ]

    private static let redis: [Source] = [
        Source("redis_up", scope: .job("redis.*")),
        Source("redis_memory_used_bytes", unit: .bytes, scope: .job("redis.*")),
        Source("redis_connected_clients", scope: .job("redis.*")),
        Source("redis_commands_processed_total", .counter, scope: .job("redis.*")),
    ]

    private static let node: [Source] = [
        Source("node_cpu_seconds_total", .counter, unit: .seconds, scope: .job("node.*"), labels: ["cpu", "mode"]),
        Source("node_memory_MemAvailable_bytes", unit: .bytes, scope: .job("node.*")),
        Source("node_memory_MemTotal_bytes", unit: .bytes, scope: .job("node.*")),
    ]

    /// The series of the load generator, from the buyers' side: a response time counts from when the request was due.
    static let ofLoad: [Source] = [
        Source("flashsale_load_requests_total", .counter, scope: .job("load.*"), labels: ["endpoint", "outcome"]),
        Source(
            "flashsale_load_response_seconds", .histogram, unit: .seconds, scope: .job("load.*"), labels: ["endpoint"]),
        Source("flashsale_load_starts_total", .counter, scope: .job("load.*")),
        Source("flashsale_load_late_starts_total", .counter, scope: .job("load.*")),
        Source("flashsale_load_dropped_total", .counter, scope: .job("load.*")),
        Source("flashsale_load_lag_p99_seconds", unit: .seconds, scope: .job("load.*")),
        Source("flashsale_load_buyers", scope: .job("load.*")),
        Source("flashsale_load_requests_in_flight", scope: .job("load.*")),
        Source("flashsale_load_connections", scope: .job("load.*")),
        Source("flashsale_load_items_sold", scope: .job("load.*")),
    ]
}
