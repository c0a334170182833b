// The clock on the wall, which services write into their answers.

import Glibc
import Textbook

enum WallClock {
    /// Now, in nanoseconds since 1970.
    static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Reads `2026-11-21T08:00:00.123Z`, in milliseconds since 1970; nil if the text has another form.
    static func milliseconds(_ text: String) -> Int64? {
        UTCTime(rfc3339: text).map { $0.microseconds / 1_000 }
    }

    /// `2026-11-21T08:00:00Z` for nanoseconds since 1970.
    static func text(_ nanoseconds: Int64) -> String {
        UTCTime(microseconds: nanoseconds / 1_000).rfc3339(fractionDigits: 0)
    }
}
