// What `/health` and the metrics say of this process's memory and tasks.

import CLinux
import FlashSaleHTTP
import Synchronization
import Telemetry

/// The allocator's figures.
final class ProcessMemory: Sendable {
    /// The most that was in use at a look, in bytes.
    private let most = Atomic<UInt64>(0)

    /// What was allocated in all is known where the build samples the heap. Elsewhere it was at least what was ever in
    /// use at once, which does not fall either.
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

    /// Sets what is read at a scrape.
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
