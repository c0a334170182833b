// The memory and the tasks of this process, for `/health` and the metrics.

import CLinux
import FlashSaleHTTP
import Synchronization
import Telemetry

/// The allocator's figures.
final class ProcessMemory: Sendable {
    /// The most bytes in use at any reading.
    private let most = Atomic<UInt64>(0)

    /// A build that samples the heap knows the total of allocated bytes. Another build gives the most bytes ever in use
    /// at once: a lower bound of the total that does not fall either.
    func status(liveTasks: Int) -> ProcessStatus {
        let heap = mallinfo2()
        let allocated = UInt64(heap.uordblks + heap.hblkhd)
        most.max(allocated, ordering: .relaxed)
        var (objects, bytes) = (0.0, 0.0)
        let isSampled = clinux_read_heap_totals(&objects, &bytes)
        return ProcessStatus(
            allocatedBytes: allocated,
            allocatedBytesInTotal: max(isSampled ? UInt64(bytes) : 0, most.load(ordering: .relaxed)),
            mappedBytes: UInt64(heap.arena + heap.hblkhd), liveTasks: liveTasks)
    }

    /// Sets the gauges for a scrape.
    func show(in instruments: Instruments, liveTasks: Int) {
        let heap = mallinfo2()
        let bytes = instruments.process.heapBytes
        bytes.set(Double(heap.uordblks + heap.hblkhd), .allocated)
        bytes.set(Double(heap.arena + heap.hblkhd), .mapped)
        bytes.set(Double(heap.fordblks), .free)
        var (allocations, allocated) = (0.0, 0.0)
        _ = clinux_read_heap_totals(&allocations, &allocated)
        instruments.process.heapAllocationsTotal.set(allocations.rounded())
        instruments.process.heapAllocatedBytesTotal.set(allocated.rounded())
        instruments.runtime.tasksLive.set(liveTasks)
    }
}
