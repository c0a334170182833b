// A line of the log that is decided about before its fields are made: under load nearly all lines of requests are
// sampled away, and their fields would cost more than all else that observes a request.

/// Leave to log one line, which carries it as a field: the log then neither counts nor samples the line again.
public struct LogAdmission: Sendable, CustomStringConvertible {
    /// The name of the field.
    public static let field = "sampled"

    /// How many lines of this kind were left out since the last that was not.
    public let dropped: Int

    public init(dropped: Int) {
        self.dropped = dropped
    }

    public var description: String { String(dropped) }
}
