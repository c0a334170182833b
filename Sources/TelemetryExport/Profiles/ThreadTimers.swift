// A timer on the CPU time of each thread, so that SIGPROF interrupts threads that work and none that sleep.

internal import CLinux
internal import Glibc
internal import Telemetry

/// The timers of one profile. They end with it.
struct ThreadTimers: ~Copyable {
    private let period: Duration
    private var timers: [pid_t: timer_t] = [:]
    /// The names of all threads that had a timer.
    private(set) var names: [pid_t: String] = [:]

    init(period: Duration) {
        self.period = period
    }

    deinit {
        for timer in timers.values { timer_delete(timer) }
    }

    /// Gives new threads a timer, and removes those of ended ones.
    mutating func follow(_ threads: [pid_t]) {
        for thread in threads where timers[thread] == nil {
            var timer: timer_t?
            guard clinux_start_thread_timer(thread, Int(period.wholeNanoseconds), &timer), let timer else {
                continue
            }
            timers[thread] = timer
            names[thread] = threadName(thread)
        }
        let living = Set(threads)
        for (thread, timer) in timers where !living.contains(thread) {
            timer_delete(timer)
            timers[thread] = nil
        }
    }
}

/// The threads of this process.
func threadsOfProcess() -> [pid_t] {
    guard let directory = opendir("/proc/self/task") else { return [] }
    defer { closedir(directory) }
    var threads: [pid_t] = []
    while let entry = readdir(directory) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        if let thread = pid_t(name) { threads.append(thread) }
    }
    return threads
}

/// The thread's name.
func threadName(_ thread: pid_t) -> String {
    String(readFile("/proc/self/task/\(thread)/comm").prefix { $0 != "\n" })
}
