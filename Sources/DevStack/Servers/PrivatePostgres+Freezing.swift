// Faults that strike a whole Postgres. A signal to the server reaches its first process alone. The others go on, such
// as the one that receives a primary's log.

import FoundationEssentials
import Glibc

extension PrivatePostgres {
    /// Freezes all of the server's processes: its sockets stay open, and it answers nothing.
    public func freeze() { strike(SIGSTOP) }

    /// Resumes all of them.
    public func thaw() { strike(SIGCONT) }

    /// Ends all of them at once, frozen ones too. What other servers have sent and they have not read is lost.
    public func crash() { strike(SIGKILL) }

    /// The first process comes first: it would replace those that end before it.
    private func strike(_ signal: Int32) {
        guard let first = processID else { return }
        for process in [first] + Self.children(of: first) { _ = Glibc.kill(process, signal) }
    }

    private static func children(of process: pid_t) -> [pid_t] {
        // FileManager cannot read this: files of /proc have no size.
        guard let file = fopen("/proc/\(process)/task/\(process)/children", "r") else { return [] }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self).split(separator: " ").compactMap { pid_t($0) }
    }
}
