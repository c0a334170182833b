// The limits of the export that are not settings.

enum ExportLimits {
    /// Bytes of a record; fields that would make it longer are left out, and the record says how many.
    static let recordBytes = 4_096
    /// How long the last export may take at shutdown.
    static let shutdown = Duration.seconds(5)
    /// The log hears of each signal's losses at most this often.
    static let complaintInterval = Duration.seconds(60)
}
