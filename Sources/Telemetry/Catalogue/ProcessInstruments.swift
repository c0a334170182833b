// The instruments of the process, read from /proc at a scrape. Their names are those of client_golang.

/// The process family. A property is named like its metric without the group's prefix.
public final class ProcessInstruments: Sendable {
    public let cpuSecondsTotal: Reading<NoLabels>
    public let openFds: Reading<NoLabels>
    public let maxFds: Reading<NoLabels>
    public let virtualMemoryBytes: Reading<NoLabels>
    public let virtualMemoryMaxBytes: Reading<NoLabels>
    public let residentMemoryBytes: Reading<NoLabels>
    public let startTimeSeconds: Reading<NoLabels>
    public let networkReceiveBytesTotal: Reading<NoLabels>
    public let networkTransmitBytesTotal: Reading<NoLabels>
    public let threads: Reading<NoLabels>
    public let contextSwitchesTotal: Reading<ContextSwitchType>
    public let pageFaultsTotal: Reading<PageFaultType>
    /// The cgroup's limit, else the machine's memory.
    public let memoryLimitBytes: Reading<NoLabels>
    /// The cgroup's quota, else the processors that the process may run on.
    public let cpuLimitCores: Reading<NoLabels>
    /// The allocator's own figures.
    public let heapBytes: Reading<HeapState>
    /// Estimated from samples; builds that take none have no family of it.
    public let heapAllocatedBytesTotal: Reading<NoLabels>
    public let heapAllocationsTotal: Reading<NoLabels>

    init(_ catalogue: inout Catalogue, samplesHeap: Bool) {
        cpuSecondsTotal = catalogue.reading(
            "process_cpu_seconds_total", "User and system CPU time in seconds.", .counter, unit: .seconds)
        openFds = catalogue.reading("process_open_fds", "Open file descriptors.")
        maxFds = catalogue.reading("process_max_fds", "File descriptors allowed.")
        virtualMemoryBytes = catalogue.reading(
            "process_virtual_memory_bytes", "Virtual memory in bytes.", unit: .bytes)
        virtualMemoryMaxBytes = catalogue.reading(
            "process_virtual_memory_max_bytes", "Virtual memory allowed in bytes.", unit: .bytes)
        residentMemoryBytes = catalogue.reading(
            "process_resident_memory_bytes", "Resident memory in bytes.", unit: .bytes)
        startTimeSeconds = catalogue.reading(
            "process_start_time_seconds", "Start of the process in seconds since 1970.", unit: .seconds)
        networkReceiveBytesTotal = catalogue.reading(
            "process_network_receive_bytes_total", "Bytes received over the network.", .counter, unit: .bytes)
        networkTransmitBytesTotal = catalogue.reading(
            "process_network_transmit_bytes_total", "Bytes sent over the network.", .counter, unit: .bytes)
        threads = catalogue.reading("process_threads", "Threads.")
        contextSwitchesTotal = catalogue.reading(
            "process_context_switches_total", "Context switches, by type.", .counter)
        pageFaultsTotal = catalogue.reading(
            "process_page_faults_total", "Page faults, by type.", .counter)
        memoryLimitBytes = catalogue.reading(
            "process_memory_limit_bytes", "Memory that the process may use in bytes.", unit: .bytes)
        cpuLimitCores = catalogue.reading("process_cpu_limit_cores", "Processors that the process may use.")
        heapBytes = catalogue.reading("process_heap_bytes", "Heap in bytes, by state.", unit: .bytes)
        heapAllocatedBytesTotal = catalogue.reading(
            "process_heap_allocated_bytes_total",
            "Bytes allocated, freed or not, estimated from samples; only in builds that sample the heap.",
            .counter, unit: .bytes, isKnown: samplesHeap)
        heapAllocationsTotal = catalogue.reading(
            "process_heap_allocations_total",
            "Allocations, estimated from samples; only in builds that sample the heap.", .counter,
            isKnown: samplesHeap)
    }
}
