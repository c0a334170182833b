// The clock of the hot path: one vDSO call, no allocation, no existential.

internal import Glibc

/// Nanoseconds of `CLOCK_MONOTONIC`. Only differences mean anything.
public struct MonotonicTime: Hashable, Comparable, Sendable {
    public let nanoseconds: UInt64

    @inlinable
    public init(nanoseconds: UInt64) {
        self.nanoseconds = nanoseconds
    }

    public static var now: MonotonicTime {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return MonotonicTime(nanoseconds: UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec))
    }

    /// Nanoseconds since an earlier time; 0 if it is a later one.
    @inlinable
    public func nanoseconds(since start: MonotonicTime) -> UInt64 {
        nanoseconds > start.nanoseconds ? nanoseconds - start.nanoseconds : 0
    }

    @inlinable
    public func advanced(byNanoseconds nanoseconds: UInt64) -> MonotonicTime {
        MonotonicTime(nanoseconds: self.nanoseconds &+ nanoseconds)
    }

    public static func < (left: MonotonicTime, right: MonotonicTime) -> Bool { left.nanoseconds < right.nanoseconds }

    public static func + (left: MonotonicTime, right: Duration) -> MonotonicTime {
        left.advanced(byNanoseconds: right.wholeNanoseconds)
    }
}

extension Duration {
    /// The duration in nanoseconds, 0 if it is negative, `UInt64.max` if it does not fit (after 584 years).
    @inlinable
    public var wholeNanoseconds: UInt64 { UInt64(clamping: attoseconds / 1_000_000_000) }
}
