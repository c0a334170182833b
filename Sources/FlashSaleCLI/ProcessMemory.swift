// What `/health` says of this process.

import CLinux
import FlashSaleHTTP

/// The allocator's figures.
enum ProcessMemory {
    static func status() -> ProcessStatus {
        let heap = mallinfo2()
        let allocated = UInt64(heap.uordblks + heap.hblkhd)
        return ProcessStatus(
            allocatedBytes: allocated, allocatedBytesInTotal: allocated,
            mappedBytes: UInt64(heap.arena + heap.hblkhd), liveTasks: 0)
    }
}
