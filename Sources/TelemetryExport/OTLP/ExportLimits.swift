// The limits of the export: OpenTelemetry's own if it has one.

enum ExportLimits {
    /// Spans that may wait for their export, spans of one request, and the time after which waiting ones are sent.
    static let queuedSpans = 2_048
    static let spansPerRequest = 512
    static let spanInterval = Duration.seconds(5)
    /// The same for log records.
    static let queuedRecords = 2_048
    static let recordsPerRequest = 512
    static let recordInterval = Duration.seconds(1)
    /// Bytes of a record; fields that would make it longer are left out, and the record says how many.
    static let recordBytes = 4_096
    /// How long the last export may take at shutdown.
    static let shutdown = Duration.seconds(5)
    /// The log hears of each signal's losses at most this often.
    static let complaintInterval = Duration.seconds(60)
}
