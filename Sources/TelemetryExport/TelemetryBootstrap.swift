// The one call that installs telemetry in a process.

internal import Logging
public import Telemetry

public enum TelemetryBootstrap {
    /// Makes the instruments and has every `Logger` write JSON through them.
    ///
    /// To be called once in a process, before the first logger is made: swift-log traps on a second call.
    public static func start(build: BuildInfo = BuildInfo(), log settings: LogSettings) -> TelemetryService {
        let service = TelemetryService(build: build, log: settings)
        LoggingSystem.bootstrap { service.logHandler(label: $0) }
        return service
    }
}
