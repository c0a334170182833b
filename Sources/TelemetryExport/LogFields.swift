// Which fields of an event are shown, and how: the same on standard output and at a collector.

internal import Logging
internal import Telemetry

/// The fields of an event in order of their names: secrets and buyers as the settings have them, no more than fit.
struct LogFields {
    let members: [(name: String, value: Logger.MetadataValue)]
    /// Whether there were too many.
    let isTruncated: Bool

    /// - Parameters:
    ///   - fields: all metadata, merged.
    ///   - taken: names that are not the fields' to have. One of such a name gets underscores behind it.
    init(_ fields: Logger.Metadata, userID: LogSettings.UserIDForm, besides taken: Set<String>) {
        isTruncated = fields.count > LogLimits.fields
        members = fields.sorted { $0.key < $1.key }.prefix(LogLimits.fields).compactMap { name, value in
            if name == "user_id" { return userID.shown(value.description).map { (name, .string($0)) } }
            var shown = name
            while taken.contains(shown) || shown != name && fields[shown] != nil { shown += "_" }
            return (shown, LogRedaction.isSecret(name) ? .string(LogRedaction.replacement) : value)
        }
    }
}
