// Reads the time of day from the system's clock.

internal import CLinux
internal import Glibc
internal import Textbook

extension UTCTime {
    static var now: UTCTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return UTCTime(seconds: time.tv_sec, nanoseconds: time.tv_nsec)
    }

    var nanosecondsSince1970: UInt64 { UInt64(seconds) * 1_000_000_000 + UInt64(nanoseconds) }
}
