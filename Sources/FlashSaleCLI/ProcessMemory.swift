// What `/health` says of this process.

import FlashSaleHTTP
import Foundation

/// The allocator's figures.
enum ProcessMemory {
    static func status() -> ProcessStatus {
        let heap = mallinfo2()
        return ProcessStatus(
            allocatedBytes: UInt64(heap.uordblks + heap.hblkhd), allocatedBytesInTotal: UInt64(heap.uordblks + heap.hblkhd),
            mappedBytes: UInt64(heap.arena + heap.hblkhd), liveTasks: 0)
    }
}
