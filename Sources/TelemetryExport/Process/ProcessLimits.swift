// How much memory and processor the process may use: its cgroup's limits, else the machine's.

internal import Glibc

struct ProcessLimits: Sendable, Equatable {
    let memoryBytes: Double
    let cores: Double

    /// The tightest limits on the way from the process's cgroup (version 2) to the root, or else the machine's.
    static func current() -> ProcessLimits {
        var memory = ProcessFiles.memoryTotal(meminfo: readFile("/proc/meminfo")) ?? 1
        var cores = Double(max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        var path = ProcessFiles.cgroupPath(cgroup: readFile("/proc/self/cgroup"))
        while let directory = path {
            if let limit = ProcessFiles.memoryLimit(memoryMax: readFile("/sys/fs/cgroup\(directory)/memory.max")) {
                memory = min(memory, limit)
            }
            if let limit = ProcessFiles.coreLimit(cpuMax: readFile("/sys/fs/cgroup\(directory)/cpu.max")) {
                cores = min(cores, limit)
            }
            path = directory.lastIndex(of: "/").map { String(directory[..<$0]) }
        }
        return ProcessLimits(memoryBytes: memory, cores: cores)
    }
}
