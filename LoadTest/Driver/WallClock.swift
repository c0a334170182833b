// The clock on the wall, which services write into their answers, and its text.

import Glibc

enum WallClock {
    /// Now, in nanoseconds since 1970.
    static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Reads `2026-11-21T08:00:00.123Z`, in milliseconds since 1970; nil if it is not so.
    static func milliseconds(_ text: String) -> Int64? {
        // By hand: a regular expression would cost more than all the rest of an answer.
        let bytes = Array(text.utf8)
        func number(_ range: Range<Int>) -> Int64? {
            bytes[range].reduce(Int64?(0)) { sum, byte in
                guard let sum, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
                return sum * 10 + Int64(byte - UInt8(ascii: "0"))
            }
        }
        guard bytes.count >= 20, bytes[10] == UInt8(ascii: "T"), bytes.last == UInt8(ascii: "Z"),
            let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19)
        else { return nil }
        var milliseconds: Int64 = 0
        if bytes[19] == UInt8(ascii: ".") {
            let digits = min(3, bytes.count - 21)
            guard digits > 0, let fraction = number(20..<(20 + digits)) else { return nil }
            milliseconds = fraction * [100, 10, 1][digits - 1]
        }
        return (days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second) * 1_000 + milliseconds
    }

    /// `2026-11-21T08:00:00Z` for nanoseconds since 1970.
    static func text(_ nanoseconds: Int64) -> String {
        var seconds = time_t(nanoseconds / 1_000_000_000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func two(_ number: Int32) -> String { (number < 10 ? "0" : "") + String(number) }
        let date = "\(parts.tm_year + 1_900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
        return "\(date)T\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))Z"
    }

    /// Days since 1970, by Howard Hinnant's `days_from_civil`.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let ofEra = shifted - era * 400
        let ofYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
    }
}
