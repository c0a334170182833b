// The run's memory outside of this process: every request is in it before it is sent, so that not even `kill -9` makes
// us forget what we asked for. The lines are JournalLine's; this writes them.

import Dispatch
import Glibc
import Synchronization
import SystemPackage

/// An append-only file. Lanes write whole lines, several at a time; the disk gets them in the background.
///
/// Trust rule: what `write` has taken survives the end of this process, and what the last `fsync` saw that of the
/// machine. A write that fails is final: nothing may be sent any more, for it would not be remembered.
final class Journal: Sendable {
    /// How often the disk is asked to keep what was written.
    private static let syncEvery = DispatchTimeInterval.milliseconds(100)

    let path: String
    private let file: FileDescriptor
    private let failure = Mutex<Failure?>(nil)
    private let hasFailed = Atomic<Bool>(false)
    private let queue = DispatchQueue(label: "flashsale-load.journal")
    /// Touched by `init` and, on the queue, by `close` alone.
    private nonisolated(unsafe) let timer: any DispatchSourceTimer

    struct Failure: Error, CustomStringConvertible {
        let path: String
        let reason: Errno

        var description: String { "The journal \(path) cannot be written: \(reason)." }
    }

    /// Creates the file, or begins it anew.
    init(path: String) throws(Failure) {
        self.path = path
        // A file that may not grow is an error to tell, and not the end of the process.
        signal(SIGXFSZ, SIG_IGN)
        do {
            file = try FileDescriptor.open(
                FilePath(path), .writeOnly, options: [.create, .truncate, .append], permissions: [.ownerReadWrite])
        } catch {
            throw Failure(path: path, reason: error as? Errno ?? .ioError)
        }
        timer = DispatchSource.makeTimerSource(queue: queue)
        let descriptor = file.rawValue
        timer.setEventHandler { _ = fdatasync(descriptor) }
        timer.schedule(deadline: .now() + Self.syncEvery, repeating: Self.syncEvery)
        timer.activate()
    }

    /// Why nothing can be written any more.
    var problem: Failure? { hasFailed.load(ordering: .acquiring) ? failure.withLock { $0 } : nil }

    /// Writes whole lines, with one call for all of them.
    ///
    /// - Returns: whether they are all in the file now.
    func write(_ lines: [UInt8]) -> Bool {
        // Lanes write one after the other, so that lines which the disk cut short are the file's last.
        failure.withLock { failure in
            guard failure == nil else { return false }
            do {
                try file.writeAll(lines)
                return true
            } catch {
                failure = Failure(path: path, reason: error as? Errno ?? .ioError)
                hasFailed.store(true, ordering: .releasing)
                return false
            }
        }
    }

    /// Writes what is left to the disk and closes the file.
    func close() {
        queue.sync {
            timer.cancel()
            _ = fdatasync(file.rawValue)
            try? file.close()
        }
    }
}
