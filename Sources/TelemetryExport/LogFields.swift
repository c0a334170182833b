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
            guard name != "user_id" || userID != .off else { return nil }
            var shown = name
            while taken.contains(shown) || shown != name && fields[shown] != nil { shown += "_" }
            if name == "user_id", userID == .hash {
                return (shown, .string(ShortDigest(of: value.description).description))
            }
            return (shown, LogRedaction.isSecret(name) ? .string(LogRedaction.replacement) : value)
        }
    }
}
