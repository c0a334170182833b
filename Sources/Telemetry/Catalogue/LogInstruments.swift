// The instruments of the log.

/// The log family. A property is named like its metric without the group's prefix.
public final class LogInstruments: Sendable {
    /// Lines accepted, those dropped later included.
    public let messagesTotal: Counter<LogLevel>
    public let messagesDroppedTotal: Counter<LogDropReason>

    init(_ catalogue: inout Catalogue) {
        messagesTotal = catalogue.counter("log_messages_total", "Log lines logged, by level.")
        messagesDroppedTotal = catalogue.counter(
            "log_messages_dropped_total", "Log lines that were not written, or not exported if export is on, by reason."
        )
    }
}
