// The bounds of the export, which are OpenTelemetry's standard ones where it has some.

enum ExportLimits {
    /// Spans that may wait for their export, spans of one request, and the time after which waiting ones are sent.
    static let queuedSpans = 2_048
    static let spansPerRequest = 512
    static let spanInterval = Duration.seconds(5)
    /// The same of log records.
    static let queuedRecords = 2_048
    static let recordsPerRequest = 512
    static let recordInterval = Duration.seconds(1)
    /// Bytes of a record; fields that would make it longer are left out, and the record says how many.
    static let recordBytes = 4_096
    /// How long what is left may take at shutdown.
    static let shutdown = Duration.seconds(5)
    /// The log hears of each signal's losses at most this often.
    static let complaintInterval = Duration.seconds(60)
}
