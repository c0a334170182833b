// The tests' questions to the operating system about a server: its processes, sockets, descriptors and files.

import FoundationEssentials
import Glibc

@testable import DevStack

/// Processes as /proc shows them.
enum ServerProof {
    /// Waits until all processes have ended; a zombie has ended. Nil if some still run after ten seconds.
    static func ended(_ processes: [pid_t]) async -> Bool {
        await poll(within: .seconds(10)) { processes.contains(where: isAlive) ? nil : true } ?? false
    }

    static func isAlive(_ process: pid_t) -> Bool {
        guard let stat = text("/proc/\(process)/stat"), let name = stat.lastIndex(of: ")") else { return false }
        return !stat[name...].hasPrefix(") Z")
    }

    /// The children of a process, and their children.
    static func descendants(of process: pid_t) -> [pid_t] {
        let children = (text("/proc/\(process)/task/\(process)/children") ?? "").split(separator: " ")
            .compactMap { pid_t($0.filter(\.isNumber)) }
        return children + children.flatMap(descendants)
    }

    /// The live processes of the sessions that these processes lead or have led.
    static func members(of sessions: [pid_t]) -> [pid_t] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { pid_t($0) }.filter { sessions.contains(getsid($0)) && isAlive($0) }
    }

    /// The targets of a process's open descriptors.
    static func descriptors(of process: pid_t) -> [String] {
        let directory = "/proc/\(process)/fd"
        return ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? [])
            .compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "\(directory)/\($0)") }
    }

    static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    /// Waits until the path does not exist.
    static func isGone(_ path: String) async -> Bool {
        await poll(within: .seconds(10)) { exists(path) ? nil : true } ?? false
    }

    static func lines(of path: String) -> [Substring] {
        (text(path) ?? "").split(separator: "\n")
    }

    private static func text(_ path: String) -> String? {
        // FileManager cannot read these: files of /proc have no size.
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}
