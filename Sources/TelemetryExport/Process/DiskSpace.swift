// How full the disks for logs and profiles are.

internal import Glibc

/// The disks of some directories, and of the file that standard output goes to, if it is one.
public struct DiskSpace: Sendable {
    /// A disk that is fuller than this, from 0 to 1, counts as full: the rest is for the repair.
    public static let fullRatio = 0.9

    private let directories: [String]

    /// - Parameter directories: a directory that does not exist yet has the disk of its parent.
    public init(directories: [String]) {
        self.directories = directories
    }

    /// Whether any of the disks is full. It asks the kernel, which may wait for a disk.
    public var isFull: Bool {
        var status = statvfs()
        if fstatvfs(STDOUT_FILENO, &status) == 0, Self.isFull(status) { return true }
        return directories.contains { directory in
            var path = directory[...]
            while statvfs(path.isEmpty ? "." : String(path), &status) != 0 {
                guard errno == ENOENT, !path.isEmpty, path != "/" else { return false }
                let parent = path.lastIndex(of: "/").map { path[..<$0] } ?? ""
                path = parent.isEmpty && path.hasPrefix("/") ? "/" : parent
            }
            return Self.isFull(status)
        }
    }

    private static func isFull(_ status: statvfs) -> Bool {
        isFull(blocks: UInt64(status.f_blocks), free: UInt64(status.f_bfree), available: UInt64(status.f_bavail))
    }

    /// The used share as `df` computes it: used space over used space plus the space that is free for other users than
    /// root. A file without blocks, such as a pipe, is never full.
    static func isFull(blocks: UInt64, free: UInt64, available: UInt64) -> Bool {
        let used = Double(blocks) - Double(free)
        return blocks > 0 && used > fullRatio * (used + Double(available))
    }
}
