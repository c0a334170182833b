// The fields of an event as the log shows them, on standard output and at a collector alike.

internal import Logging
internal import Telemetry

/// The fields of an event in order of their names, as many as fit. The settings say how secrets and buyers are shown.
struct LogFields {
    let members: [(name: String, value: Logger.MetadataValue)]
    /// Whether there were too many.
    let isTruncated: Bool

    /// - Parameters:
    ///   - fields: all metadata, merged.
    ///   - taken: names that fields must not have. A field with such a name gets underscores appended.
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
