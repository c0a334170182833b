// The way of every line from the logger to the writer: it is counted, sampled, written as JSON, and queued.

internal import Logging
internal import Synchronization
internal import Telemetry
internal import Textbook

/// The part that all handlers share.
///
/// Conservation: lines logged = lines written + Σ lines dropped, by reason. Lines that a collector did not take were
/// written; they have their own reasons.
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

    /// Sends every line that is written from now on to a collector too.
    func export(to exporter: BatchExporter<LogSignal>) {
        self.exporter.withLock { $0 = exporter }
    }

    func log(_ event: LogEvent, fields: Logger.Metadata, logger: String) {
        let mustBeKept = Self.isAlwaysKept(event.level, fields)
        guard let dropped = admit(event.level, event.message.description, mustBeKept: mustBeKept) else { return }
        let line = LogLine(logger: logger, userID: settings.userID)
        let time = UTCTime.now
        writer.write(line.encode(event, fields: fields, at: time, dropped: dropped), isUrgent: event.level >= .error)
        export(event, fields: fields, logger: logger, at: time, dropped: dropped)
    }

    func log(mustBeKept: Bool, _ request: () -> RequestLine) {
        guard control.level <= .info, let dropped = admit(.info, RequestLine.message, mustBeKept: mustBeKept) else {
            return
        }
        let request = request()
        let line = LogLine(logger: request.logger, userID: settings.userID)
        let time = UTCTime.now
        writer.write(line.encode(request, at: time, dropped: dropped))
        let event = LogEvent(
            level: .info, message: "\(RequestLine.message)", metadata: nil, source: "", file: "", function: "", line: 0)
        export(event, fields: request.metadata, logger: request.logger, at: time, dropped: dropped)
    }

    /// Counts a line, and decides whether it is written.
    ///
    /// - Returns: how many lines of this kind were dropped since the last one that was written; nil if this one is
    ///   dropped too.
    private func admit(_ level: Logger.Level, _ message: String, mustBeKept: Bool) -> Int? {
        instruments.messagesTotal.increment(LogLevel(level))
        if mustBeKept { return 0 }
        let key = LogSampler.key(of: LogLevel(level), message)
        let second = now().nanoseconds / 1_000_000_000
        if case .keep(let dropped) = sampler.withLock({ $0.decide(key: key, second: second) }) { return dropped }
        instruments.messagesDroppedTotal.increment(.sampled)
        return nil
    }

    /// Gives the line to the collector too, if there is one.
    private func export(
        _ event: @autoclosure () -> LogEvent, fields: @autoclosure () -> Logger.Metadata, logger: String,
        at time: UTCTime, dropped: Int
    ) {
        guard let exporter = exporter.withLock({ $0 }) else { return }
        exporter.export(
            LogRecord(
                event(), fields: fields(), logger: logger, userID: settings.userID, at: time, dropped: dropped))
    }

    /// Errors, answers of 500 and above, and lines with a field `slow` or `audit` are never sampled.
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
