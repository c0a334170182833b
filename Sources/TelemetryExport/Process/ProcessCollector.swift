// Reads the kernel's figures about this process at a scrape. ProcessFiles parses them.

// Without TLS the compiler takes the C types of time for those of the first C module that has them, which is this one.
internal import CLinux
internal import Glibc
internal import Synchronization
public import Telemetry

/// Sets the process family and the utilisation of processor and memory.
///
/// Names and sources are client_golang's, except for processor time, page faults and context switches: `getrusage` has
/// these for all threads and to the microsecond.
public final class ProcessCollector: Sendable {
    private struct Usage {
        var at: MonotonicTime
        var cpuSeconds: Double
    }

    private let instruments: Instruments
    private let limits: ProcessLimits
    private let startTime: Double
    private let last = Mutex<Usage?>(nil)

    public init(_ instruments: Instruments) {
        self.instruments = instruments
        limits = ProcessLimits.current()
        let boot = ProcessFiles.bootTime(stat: readFile("/proc/stat"))
        let ticks = ProcessFiles.Stat(readFile("/proc/self/stat"))?.startTicks ?? 0
        startTime = boot + Double(ticks) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Reads everything again. If a file cannot be read its gauges stay as they were.
    public func collect() {
        let process = instruments.process
        process.startTimeSeconds.set(startTime)
        process.memoryLimitBytes.set(limits.memoryBytes)
        process.cpuLimitCores.set(limits.cores)
        process.maxFds.set(resourceLimit(RLIMIT_NOFILE))
        process.virtualMemoryMaxBytes.set(resourceLimit(RLIMIT_AS))
        process.openFds.set(Double(openFileDescriptorCount()))
        if let stat = ProcessFiles.Stat(readFile("/proc/self/stat")) {
            let resident = Double(stat.residentPages) * Double(sysconf(Int32(_SC_PAGESIZE)))
            process.residentMemoryBytes.set(resident)
            process.virtualMemoryBytes.set(Double(stat.virtualBytes))
            process.threads.set(Double(stat.threads))
            instruments.http.resourceUtilizationRatio.set(resident / limits.memoryBytes, .memory)
        }
        if let octets = ProcessFiles.networkOctets(netstat: readFile("/proc/self/net/netstat")) {
            process.networkReceiveBytesTotal.set(Double(octets.received))
            process.networkTransmitBytesTotal.set(Double(octets.transmitted))
        }
        collectUsage()
    }

    private func collectUsage() {
        var usage = rusage()
        guard getrusage(RUSAGE_SELF.rawValue, &usage) == 0 else { return }
        let process = instruments.process
        let cpuSeconds = seconds(usage.ru_utime) + seconds(usage.ru_stime)
        process.cpuSecondsTotal.set(cpuSeconds)
        process.contextSwitchesTotal.set(Double(usage.ru_nvcsw), .voluntary)
        process.contextSwitchesTotal.set(Double(usage.ru_nivcsw), .involuntary)
        process.pageFaultsTotal.set(Double(usage.ru_majflt), .major)
        process.pageFaultsTotal.set(Double(usage.ru_minflt), .minor)

        let now = Usage(at: .now, cpuSeconds: cpuSeconds)
        let before = last.withLock { last in
            defer { last = now }
            return last
        }
        guard let before, now.at > before.at else { return }
        let elapsed = Double(now.at.nanoseconds(since: before.at)) * 1e-9
        let used = (now.cpuSeconds - before.cpuSeconds) / elapsed / limits.cores
        instruments.http.resourceUtilizationRatio.set(min(max(used, 0), 1), .cpu)
    }
}

private func seconds(_ time: timeval) -> Double {
    Double(time.tv_sec) + Double(time.tv_usec) * 1e-6
}

private func resourceLimit(_ resource: __rlimit_resource) -> Double {
    var limit = rlimit()
    return getrlimit(Int32(resource.rawValue), &limit) == 0 ? Double(limit.rlim_cur) : 0
}

/// The entries of /proc/self/fd, without the one that lists them.
private func openFileDescriptorCount() -> Int {
    guard let directory = opendir("/proc/self/fd") else { return 0 }
    defer { closedir(directory) }
    var count = 0
    while readdir(directory) != nil { count += 1 }
    return max(0, count - 3)
}
