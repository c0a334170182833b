// The lock on a server's directory, held by the server itself and by every process it starts.
//
// The lock is an open file description that the children inherit. So it is free only when the last process that could
// write into the directory has ended, the orphaned backends of a crashed Postgres included. Its holder may therefore
// remove files that a crash left, such as `postmaster.pid`, and need not look at process ids, which may be reused.

import FoundationEssentials
import Glibc

final class DirectoryLock: Sendable {
    static let fileName = "lock"

    let descriptor: Int32

    private init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Closes only this process's copy: an explicit unlock would take the lock from the children too.
    deinit { _ = Glibc.close(descriptor) }

    /// Takes the lock on a directory, and notes this process in it as the owner.
    ///
    /// - Parameter patience: how long to wait for a server that is ending. If the owner has died, the wait is as long
    ///   as its watcher may take to end the server, whatever the patience.
    static func take(in directory: String, patience: Duration) async throws -> DirectoryLock {
        let path = directory + "/" + fileName
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw DevStackError.system("\(path) cannot be opened", errno) }
        let lock = DirectoryLock(descriptor: descriptor)
        let begin = ContinuousClock.now
        let taken = await poll(within: ownersEnd) { () -> Bool? in
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
            let isOwnerGone = lock.owner.map { kill($0, 0) != 0 && errno == ESRCH } ?? false
            return isOwnerGone || begin.duration(to: .now) < patience ? nil : false
        }
        guard taken == true else {
            try Task.checkCancellation()
            let owner = lock.owner.map { " (process \($0))" } ?? ""
            throw DevStackError(
                .directoryInUse, "\(directory) is in use by another running flashsale\(owner): stop that one first.")
        }
        lock.noteOwner()
        return lock
    }

    /// Longer than the five seconds after which a watcher sends SIGKILL.
    static let ownersEnd = Duration.seconds(10)

    private var owner: pid_t? {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        return count > 0 ? pid_t(String(decoding: bytes[..<count], as: UTF8.self)) : nil
    }

    private func noteOwner() {
        let bytes = Array(String(getpid()).utf8)
        ftruncate(descriptor, 0)
        pwrite(descriptor, bytes, bytes.count, 0)
    }
}
