// The run's memory outside this process: every request is in it before it is sent, so not even `kill -9` loses it.
// JournalLine builds the lines; this writes them.

import Dispatch
import Glibc
import Synchronization
import SystemPackage

/// An append-only file. Lanes write whole lines, several at a time; the disk gets them in the background.
///
/// Trust rule: lines that `write` has taken survive the end of this process; lines that the last `fsync` covered
/// survive the end of the machine. A failed write is final: nothing may be sent any more, because the journal would not
/// have it.
final class Journal: Sendable {
    /// How often written lines are synced to the disk.
    private static let syncEvery = DispatchTimeInterval.milliseconds(100)

    let path: String
    private let file: FileDescriptor
    private let failure = Mutex<Failure?>(nil)
    private let hasFailed = Atomic<Bool>(false)
    private let queue = DispatchQueue(label: "flashsale-load.journal")
    /// Only `init` touches it and, on the queue, `close`.
    private nonisolated(unsafe) let timer: any DispatchSourceTimer

    struct Failure: Error, CustomStringConvertible {
        let path: String
        let reason: Errno

        var description: String {
            reason == .fileExists
                ? "The journal \(path) exists, and is the evidence of another run: give this one another name."
                : "The journal \(path) cannot be written: \(reason)."
        }
    }

    /// The most names that are tried for a journal that was given none.
    private static let namesMax = 10_000

    /// Creates `flashsale-load.journal` in the current directory, or `flashsale-load-2.journal` if that exists, and so
    /// on: a run never touches the journal of another, which may still be under way.
    static func new() throws(Failure) -> Journal {
        for number in 1..<namesMax {
            do {
                return try Journal(path: "flashsale-load\(number == 1 ? "" : "-\(number)").journal")
            } catch  where error.reason == .fileExists {
                continue
            }
        }
        throw Failure(path: "flashsale-load-\(namesMax).journal", reason: .fileExists)
    }

    /// Whether a journal can be made there, or without a path in the current directory. It leaves nothing.
    static func check(_ path: String?) throws(Failure) {
        guard let path else { return try new().discard() }
        if !isSpecial(path) { try Journal(path: path).discard() }
    }

    /// Creates the file. If it exists it is refused, unless it is no file that could have evidence, such as a pipe.
    init(path: String) throws(Failure) {
        self.path = path
        // A file that may not grow must be an error, and not end the process.
        signal(SIGXFSZ, SIG_IGN)
        let isNew = !Self.isSpecial(path)
        do {
            file = try FileDescriptor.open(
                FilePath(path), .writeOnly, options: isNew ? [.create, .exclusiveCreate, .append] : .append,
                permissions: .ownerReadWrite)
        } catch {
            throw Failure(path: path, reason: error as? Errno ?? .ioError)
        }
        timer = DispatchSource.makeTimerSource(queue: queue)
        let descriptor = file.rawValue
        timer.setEventHandler { _ = fdatasync(descriptor) }
        timer.schedule(deadline: .now() + Self.syncEvery, repeating: Self.syncEvery)
        timer.activate()
    }

    private static func isSpecial(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
    }

    /// Why the journal can no longer be written.
    var problem: Failure? { hasFailed.load(ordering: .acquiring) ? failure.withLock { $0 } : nil }

    /// Writes complete lines, all with one call.
    ///
    /// - Returns: whether all of them are in the file.
    func write(_ lines: [UInt8]) -> Bool {
        // Lanes write one after the other, so that only the file's last lines can be cut off.
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

    /// Removes a journal that holds nothing.
    func discard() {
        close()
        if !Self.isSpecial(path) { unlink(path) }
    }

    /// Syncs the rest to the disk and closes the file.
    func close() {
        queue.sync {
            timer.cancel()
            _ = fdatasync(file.rawValue)
            try? file.close()
        }
    }
}
