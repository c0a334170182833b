// The handler for swift-log: a logger's own level and fields in front of the shared pipeline.

public import Logging

/// Writes one JSON object a line.
///
/// An event's own fields win over those of the task (from the metadata provider), and these over the logger's. A field
/// with a secret's name is `[REDACTED]`. Lines that flood the log are sampled, unless they are errors, answers of 500
/// and above, or have a field `slow` or `audit`.
public struct JSONLogHandler: LogHandler {
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?

    private let label: String
    private let pipeline: LogPipeline
    private var ownLevel: Logger.Level?

    init(label: String, pipeline: LogPipeline) {
        self.label = label
        self.pipeline = pipeline
        metadataProvider = pipeline.settings.metadataProvider
    }

    /// The level of the log, unless this logger has its own.
    public var logLevel: Logger.Level {
        get { ownLevel ?? pipeline.control.level }
        set { ownLevel = newValue }
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        // The largest dictionary first: it is not copied.
        var fields = event.metadata ?? [:]
        if let metadataProvider { fields.merge(metadataProvider.get()) { own, _ in own } }
        fields.merge(metadata) { own, _ in own }
        pipeline.log(event, fields: fields, logger: label)
    }
}
