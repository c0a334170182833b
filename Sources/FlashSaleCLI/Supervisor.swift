// What the service tells the process that started it: systemd, or whatever else speaks sd_notify(3).
//
// Trust rule: what is said is a courtesy. Nobody waits for it, and a supervisor that does not listen changes nothing.

import Glibc
import NIOCore

/// A supervisor's socket for messages, and its wish for signs of life.
struct Supervisor: Sendable {
    /// The socket's path as the kernel has it; an abstract one begins with a zero byte.
    private let path: [UInt8]
    /// How long it waits for a sign of life before it ends the process; nil if it wants none.
    private let patience: Duration?

    /// Nil if the process has no supervisor that listens.
    init?(environment: [String: String], process: pid_t = getpid()) {
        guard var path = environment["NOTIFY_SOCKET"].map({ Array($0.utf8) }), path.count > 1,
            path.count < MemoryLayout.size(ofValue: sockaddr_un().sun_path), let first = path.first
        else { return nil }
        switch first {
        case UInt8(ascii: "@"): path[0] = 0
        case UInt8(ascii: "/"): break
        default: return nil
        }
        self.path = path
        let isMeant = environment["WATCHDOG_PID"].map { $0 == String(process) } ?? true
        let microseconds = environment["WATCHDOG_USEC"].flatMap { Int64($0) } ?? 0
        patience = isMeant && microseconds > 0 ? .microseconds(microseconds) : nil
    }

    /// Says that the service can be used.
    func ready(_ status: String) { say("READY=1\nSTATUS=\(status)") }

    /// Says that the service is about to end.
    func stopping(_ status: String) { say("STOPPING=1\nSTATUS=\(status)") }

    /// Shows a sentence beside the service's state.
    func status(_ sentence: String) { say("STATUS=\(sentence)") }

    /// Gives signs of life until the task is cancelled.
    func giveSignsOfLife(of loops: any EventLoopGroup) async {
        guard let patience else { return }
        await Self.repeatedly(every: patience / 3, whileTurning: loops) { say("WATCHDOG=1") }
    }

    /// Each sign says that all of the loops, and the pool of threads that runs this task, have done a piece of work
    /// since the last.
    static func repeatedly(every interval: Duration, whileTurning loops: any EventLoopGroup, sign: () -> Void) async {
        while !Task.isCancelled {
            for loop in loops.makeIterator() { try? await loop.submit {}.get() }
            sign()
            try? await Task.sleep(for: interval)
        }
    }

    private func say(_ message: String) {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        let size = MemoryLayout.offset(of: \sockaddr_un.sun_path).map { socklen_t($0 + path.count) } ?? 0
        let flags = Int32(MSG_NOSIGNAL | MSG_DONTWAIT)
        withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                let bytes = Array(message.utf8)
                _ = sendto(descriptor, bytes, bytes.count, flags, address, size)
            }
        }
    }
}
