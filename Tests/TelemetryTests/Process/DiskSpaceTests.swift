// When a disk counts as full.

import Testing

@testable import TelemetryExport

@Suite("Disk space")
struct DiskSpaceTests {
    @Test(
        "A disk is full when more than nine tenths of what users may have are used",
        arguments: [
            (100, 11, 11, false), (100, 10, 10, false), (100, 9, 9, true), (100, 0, 0, true),
            // The part that is reserved for root does not count: 85 used, 9 left of 94.
            (100, 15, 9, true), (0, 0, 0, false),
        ] as [(UInt64, UInt64, UInt64, Bool)])
    func fullness(blocks: UInt64, free: UInt64, available: UInt64, isFull: Bool) {
        #expect(DiskSpace.isFull(blocks: blocks, free: free, available: available) == isFull)
    }

    @Test(
        "A directory that does not exist has the disk of its parent",
        arguments: ["/proc/self/none/deeper", "none/deeper", "none", "", "/none"])
    func missing(directory: String) {
        #expect(DiskSpace(directories: [directory]).isFull == DiskSpace(directories: [directory + "/."]).isFull)
    }

    @Test("A file system without blocks is never full")
    func withoutBlocks() {
        #expect(!DiskSpace(directories: ["/proc"]).isFull)
    }
}
