// The time of day in the log's format.

internal import CLinux
internal import Glibc

/// Nanoseconds since 1970-01-01T00:00:00Z.
struct RealTime: Sendable, Equatable {
    let seconds: Int
    let nanoseconds: Int

    static var now: RealTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return RealTime(seconds: time.tv_sec, nanoseconds: time.tv_nsec)
    }

    var nanosecondsSince1970: UInt64 { UInt64(seconds) * 1_000_000_000 + UInt64(nanoseconds) }

    /// RFC 3339 in UTC with nanoseconds: `2026-11-21T08:00:00.000000000Z`.
    func append(to text: inout [UInt8]) {
        var time = seconds
        var civil = tm()
        gmtime_r(&time, &civil)
        text.append(decimal: Int(civil.tm_year) + 1_900, width: 4)
        text.append(UInt8(ascii: "-"))
        text.append(decimal: Int(civil.tm_mon) + 1, width: 2)
        text.append(UInt8(ascii: "-"))
        text.append(decimal: Int(civil.tm_mday), width: 2)
        text.append(UInt8(ascii: "T"))
        text.append(decimal: Int(civil.tm_hour), width: 2)
        text.append(UInt8(ascii: ":"))
        text.append(decimal: Int(civil.tm_min), width: 2)
        text.append(UInt8(ascii: ":"))
        text.append(decimal: Int(civil.tm_sec), width: 2)
        text.append(UInt8(ascii: "."))
        text.append(decimal: nanoseconds, width: 9)
        text.append(UInt8(ascii: "Z"))
    }
}
