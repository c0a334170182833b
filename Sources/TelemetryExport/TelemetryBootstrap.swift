// The calls that install telemetry in a process.

internal import CoreMetrics
internal import Instrumentation
internal import Logging
public import Telemetry

/// Installs the telemetry of a process.
public enum TelemetryBootstrap {
    /// Makes the instruments, lets every `Logger` write JSON through them, and registers the metrics of libraries.
    ///
    /// Call it once in a process, before the first logger is made: swift-log and swift-metrics trap on a second call.
    public static func start(
        build: BuildInfo = BuildInfo(), configuration: ConfigurationInfo = ConfigurationInfo(), eventLoops: Int = 1,
        pods: [PodNumber] = [], log settings: LogSettings
    ) -> TelemetryService {
        let service = TelemetryService(
            build: build, configuration: configuration, eventLoops: eventLoops, pods: pods,
            log: settings)
        MetricsSystem.bootstrap(service.foreignMetrics)
        LoggingSystem.bootstrap { service.logHandler(label: $0) }
        return service
    }

    /// Lets libraries trace through swift-distributed-tracing with the tracer.
    ///
    /// Call it at most once in a process: swift-distributed-tracing traps on a second call.
    public static func traceLibraries(with tracer: Tracer) {
        InstrumentationSystem.bootstrap(ForeignTracer(tracer))
    }
}
