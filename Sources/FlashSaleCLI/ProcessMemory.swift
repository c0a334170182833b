// What `/health` and the metrics say of this process's memory and tasks.

import CLinux
import FlashSaleHTTP
import Telemetry

/// The allocator's figures.
enum ProcessMemory {
    static func status(liveTasks: Int) -> ProcessStatus {
        let heap = mallinfo2()
        let allocated = UInt64(heap.uordblks + heap.hblkhd)
        return ProcessStatus(
            allocatedBytes: allocated, allocatedBytesInTotal: allocated,
            mappedBytes: UInt64(heap.arena + heap.hblkhd), liveTasks: liveTasks)
    }

    /// Sets what is read at a scrape.
    static func show(in instruments: Instruments, liveTasks: Int) {
        let heap = mallinfo2()
        let bytes = instruments.process.heapBytes
        bytes.set(Double(heap.uordblks + heap.hblkhd), .allocated)
        bytes.set(Double(heap.arena + heap.hblkhd), .mapped)
        bytes.set(Double(heap.fordblks), .free)
        instruments.runtime.tasksLive.set(liveTasks)
    }
}
