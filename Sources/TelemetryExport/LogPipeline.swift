// What happens to every line between the logger and the writer: it is counted, sampled, written as JSON, queued.

internal import Logging
internal import Synchronization
internal import Telemetry

/// What all handlers share.
///
/// Conservation: lines logged = lines written + Σ lines dropped, by reason. What a collector did not take was written
/// nonetheless and has reasons of its own.
final class LogPipeline: Sendable {
    let control: LogControl
    let settings: LogSettings
    let writer: LogWriter
    private let instruments: LogInstruments
    private let sampler = Mutex(LogSampler())
    private let exporter = Mutex<BatchExporter<LogSignal>?>(nil)
    private let now: @Sendable () -> MonotonicTime

    init(
        _ settings: LogSettings,
        instruments: LogInstruments,
        now: @escaping @Sendable () -> MonotonicTime = { .now }
    ) {
        self.settings = settings
        self.instruments = instruments
        self.now = now
        control = LogControl(level: settings.level)
        writer = LogWriter(fileDescriptor: settings.fileDescriptor, instruments: instruments)
    }

    /// Has what is written from now on go to a collector too.
    func export(to exporter: BatchExporter<LogSignal>) {
        self.exporter.withLock { $0 = exporter }
    }

    /// Decides about a line that is sampled under load; nil if it is one that is left out.
    func admit(_ level: Logger.Level, _ message: String) -> LogAdmission? {
        instruments.messagesTotal.increment(LogLevel(level))
        var hasher = Hasher()
        hasher.combine(level)
        hasher.combine(message)
        let (key, second) = (hasher.finalize(), now().nanoseconds / 1_000_000_000)
        guard case .keep(let dropped) = sampler.withLock({ $0.decide(key: key, second: second) }) else {
            instruments.messagesDroppedTotal.increment(.sampled)
            return nil
        }
        return LogAdmission(dropped: dropped)
    }

    func log(_ event: LogEvent, fields: consuming Logger.Metadata, logger: String) {
        let dropped: Int
        if case .stringConvertible(let value) = fields[LogAdmission.field], let admission = value as? LogAdmission {
            fields[LogAdmission.field] = nil
            dropped = admission.dropped
        } else if Self.isAlwaysKept(event.level, fields) {
            instruments.messagesTotal.increment(LogLevel(event.level))
            dropped = 0
        } else {
            guard let admission = admit(event.level, event.message.description) else { return }
            dropped = admission.dropped
        }
        let line = LogLine(logger: logger, userID: settings.userID)
        let time = RealTime.now
        writer.write(line.encode(event, fields: fields, at: time, dropped: dropped))
        if let exporter = exporter.withLock({ $0 }) {
            exporter.export(
                LogRecord(
                    event, fields: fields, logger: logger, userID: settings.userID, at: time, dropped: dropped))
        }
    }

    /// Errors, answers of 500 and above, and what its logger marked with a field `slow` or `audit` are never sampled.
    static func isAlwaysKept(_ level: Logger.Level, _ fields: Logger.Metadata) -> Bool {
        if level >= .error || fields["slow"] != nil || fields["audit"] != nil { return true }
        guard let status = fields["status_code"].flatMap({ Int($0.description) }) else { return false }
        return status >= 500
    }
}

extension LogLevel {
    init(_ level: Logger.Level) {
        self =
            switch level {
            case .trace: .trace
            case .debug: .debug
            case .info: .info
            case .notice: .notice
            case .warning: .warning
            case .error: .error
            case .critical: .critical
            }
    }
}
