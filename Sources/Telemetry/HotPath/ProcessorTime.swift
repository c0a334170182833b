// What a bench measures by: the processor's time of a thread, without that of its neighbours.

internal import Glibc

package enum ProcessorTime {
    /// The nanoseconds that the calling thread has had of a processor. Only differences mean anything.
    package static var ofThread: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
