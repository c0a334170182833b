// swift-log's seam: a logger's own level and fields in front of the pipeline that all share.

public import Logging

/// Writes one JSON object a line.
///
/// An event's own fields win over those of the task (the metadata provider's), those over the logger's. A field named
/// like a secret is `[REDACTED]`; lines that flood the log are sampled, unless they are errors, answers of 500 and
/// above, or carry a field `slow` or `audit`.
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

    /// The level of the log, unless this logger has been given its own.
    public var logLevel: Logger.Level {
        get { ownLevel ?? pipeline.control.level }
        set { ownLevel = newValue }
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        // The largest first: it is taken as it is.
        var fields = event.metadata ?? [:]
        if let metadataProvider { fields.merge(metadataProvider.get()) { own, _ in own } }
        fields.merge(metadata) { own, _ in own }
        pipeline.log(event, fields: fields, logger: label)
    }
}
