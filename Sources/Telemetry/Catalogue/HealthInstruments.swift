// The instruments of the health probes.

/// The health family. A property is named like its metric without the group's prefix.
public final class HealthInstruments: Sendable {
    /// 1 while the dependency answers, else 0.
    public let dependencyUp: Gauge<Dependency>
    public let checkDurationSeconds: Histogram<Dependency>

    init(_ catalogue: inout Catalogue) {
        dependencyUp = catalogue.gauge(
            "health_dependency_up", "1 while the dependency answers, else 0.")
        checkDurationSeconds = catalogue.histogram(
            "health_check_duration_seconds", "Duration of a health check of a store in seconds.", .redis,
            only: Dependency.all.filter(\.isOfStore))
    }
}
