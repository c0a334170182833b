// A point in time as Postgres keeps it: arithmetic and its text form. The caller reads the clock.

package import Textbook

/// Microseconds since 1970-01-01T00:00:00Z.
public struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let microseconds: Int64

    public init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// Times from 1970 to the year 9999: those that the service tells and reads.
    public static let range = Timestamp(microseconds: 0)..<Timestamp(microseconds: 253_402_300_800_000_000)

    /// What is wrong with a text that is no time.
    public static let problem = "must be a time like 2026-11-21T08:00:00Z"

    /// Reads a time of RFC 3339, with any offset; nil if that leads out of the range.
    public init?(rfc3339 text: String) {
        guard let time = UTCTime(rfc3339: text) else { return nil }
        self.init(microseconds: time.microseconds)
        guard Self.range.contains(self) else { return nil }
    }

    public static func + (left: Timestamp, right: Duration) -> Timestamp {
        Timestamp(microseconds: left.microseconds + right.microseconds)
    }

    public static func - (left: Timestamp, right: Duration) -> Timestamp {
        Timestamp(microseconds: left.microseconds - right.microseconds)
    }

    public static func - (left: Timestamp, right: Timestamp) -> Duration {
        .microseconds(left.microseconds - right.microseconds)
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }

    /// RFC 3339 in UTC with milliseconds: `2026-11-21T08:00:00.000Z`.
    public var description: String { UTCTime(microseconds: microseconds).rfc3339(fractionDigits: 3) }
}

extension UTCTime {
    package init(_ timestamp: Timestamp) { self.init(microseconds: timestamp.microseconds) }
}

/// When a caller stops waiting, by the local monotonic clock.
public typealias Deadline = ContinuousClock.Instant

extension Duration {
    /// The whole microseconds of the duration.
    public var microseconds: Int64 { Int64(attoseconds / 1_000_000_000_000) }
}
