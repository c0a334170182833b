// Families of the catalogue's specification that the boards already show and the catalogue does not have yet. A test
// fails as soon as the catalogue has one of them: it leaves this list then, and nothing else needs to change.

internal import Telemetry

extension Source {
    static let awaited: [Source] = [
        Source("nio_event_loop_lag_seconds", .histogram, unit: .seconds, scope: .service, labels: ["loop"]),
        Source("nio_event_loop_tick_duration_seconds", .histogram, unit: .seconds, scope: .service, labels: ["loop"]),
        Source("nio_event_loop_busy_seconds_total", .counter, unit: .seconds, scope: .service, labels: ["loop"]),
        Source("nio_event_loop_tasks_total", .counter, scope: .service, labels: ["loop"]),
        Source("swift_executor_lag_seconds", .histogram, unit: .seconds, scope: .service),
        Source("swift_tasks_live", scope: .service),
        Source("process_heap_bytes", unit: .bytes, scope: .service, labels: ["state"]),
        Source(
            "flashsale_config_info", scope: .service, labels: ["sale_limit", "user_limit"]),
        Source("metrics_scrape_errors_total", .counter, scope: .service, labels: ["cause"]),
        Source("metrics_foreign_series", scope: .service),
        Source("metrics_foreign_series_refused_total", .counter, scope: .service),
        Source("otel_spans_started_total", .counter, scope: .service, labels: ["sampling"]),
        Source("otel_spans_exported_total", .counter, scope: .service),
        Source("otel_spans_dropped_total", .counter, scope: .service, labels: ["reason"]),
        Source("otel_span_queue_size", scope: .service),
        Source("otel_span_queue_capacity", scope: .service),
        Source("otel_export_duration_seconds", .histogram, unit: .seconds, scope: .service),
        Source("otel_export_requests_total", .counter, scope: .service, labels: ["result"]),
        Source("profile_requests_total", .counter, scope: .service, labels: ["profile", "result"]),
    ]
}
