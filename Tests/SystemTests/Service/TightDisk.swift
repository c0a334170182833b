// A test's own small file system in memory that can be filled to its last byte.

import Foundation
import Glibc
import Testing

@testable import DevStack

/// It is mounted while its process lives, which ends with the tests'.
struct TightDisk: Sendable {
    let path: String
    private let process: WatchedProcess
    private let directory: TestDirectory

    /// Mounts one.
    ///
    /// - Throws: ``MissingProp`` if that is not permitted.
    static func mount(megabytes: Int) async throws -> TightDisk {
        let directory = try TestDirectory("disk")
        let path = directory.file("mount")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        let script = """
            mount -t tmpfs -o mode=0711,size=$2m flashsale-test "$1" || exit 1
            trap 'umount --lazy "$1"; exit 0' TERM
            while :; do sleep 60 & wait; done
            """
        let process = try WatchedProcess(
            ["sh", "-c", script, "flashsale-disk", path, String(megabytes)], lastSignal: .terminate,
            output: directory.file("log"), lock: nil)
        let disk = TightDisk(path: path, process: process, directory: directory)
        let isMounted: Bool = try await eventually("a file system is mounted") {
            process.watcher.exitStatus != nil ? false : disk.isMounted ? true : nil
        }
        if !isMounted { throw MissingProp(why: "no file system can be mounted here: \(directory.text("log"))") }
        return disk
    }

    /// Fills the last byte.
    func fill() throws {
        let descriptor = open(ballast, O_WRONLY | O_CREAT, 0o600)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        let block = [UInt8](repeating: 0, count: 1 << 16)
        for size in [block.count, 512] { while write(descriptor, block, size) == size {} }
        try #require(errno == ENOSPC, "the disk is not full")
    }

    func free() throws {
        try FileManager.default.removeItem(atPath: ballast)
    }

    func unmount() async {
        process.send(.terminate)
        _ = await process.watcher.end(within: .seconds(10))
        directory.remove()
    }

    private var ballast: String { path + "/ballast" }

    /// Whether another file system is mounted at the directory.
    private var isMounted: Bool {
        var (inside, outside) = (stat(), stat())
        return stat(path, &inside) == 0 && stat(directory.path, &outside) == 0 && inside.st_dev != outside.st_dev
    }
}
