// The settings and limits of the log.

public import Logging
internal import Tokens

/// How the log is written.
public struct LogSettings: Sendable {
    /// The form in which the log shows a buyer's id.
    public enum UserIDForm: String, CaseIterable, Sendable {
        case plain
        /// The first 8 hex digits of the SHA-256.
        case hash
        case off

        /// The shown form of a buyer's id; nil if it is not shown.
        func shown(_ id: String) -> String? {
            switch self {
            case .plain: id
            case .hash: SHA2.shortName(of: id)
            case .off: nil
            }
        }
    }

    public var level: Logger.Level
    /// `FLASHSALE_LOG_USER_ID`.
    public var userID: UserIDForm
    /// Where the lines go; 1 is standard output.
    public var fileDescriptor: Int32
    /// The fields of every line beside its own: request, trace and span of the task that logs.
    public var metadataProvider: Logger.MetadataProvider?

    public init(
        level: Logger.Level = .info,
        userID: UserIDForm = .plain,
        fileDescriptor: Int32 = 1,
        metadataProvider: Logger.MetadataProvider? = nil
    ) {
        self.level = level
        self.userID = userID
        self.fileDescriptor = fileDescriptor
        self.metadataProvider = metadataProvider
    }
}

/// The bounds of the log.
public enum LogLimits {
    /// Lines that may wait for the writer.
    public static let queuedLines = 8_192
    /// Lines in one write. When this many wait they are written at once.
    static let linesPerWrite = 256
    /// How long fewer lines may wait for others.
    static let gathering = Duration.milliseconds(50)
    /// Bytes of one field, nested ones included; the rest is cut, and the line says so.
    static let fieldBytes = 2_048
    /// Fields of one line besides the base.
    static let fields = 128
    /// How deep a field may nest.
    static let depth = 8
    /// Lines of one level and message in a second before only every ``sampleInterval``-th is kept.
    static let linesPerSecond = 100
    static let sampleInterval = 100
    /// The most messages whose rate is known at a time.
    static let sampledMessages = 1_024
}
